from ftbench.quality.detect.tone import tone


def test_warm_is_above_zero_hostile_below_and_nothing_is_nothing():
    assert tone("I am happy to help, thank you so much!") > 0.5
    assert tone("This is a terrible, horrible failure.") < -0.5
    assert tone("") == 0.0
