import os
import threading

from ftbench.load.priority import first_in_line


def test_the_process_is_ordinary_again_afterwards_and_its_threads_were_all_along():
    before = os.sched_getscheduler(0)
    seen = []
    with first_in_line() as priority:
        assert (os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK == os.SCHED_RR) is (priority == "real-time")
        thread = threading.Thread(target=lambda: seen.append(os.sched_getscheduler(0)))
        thread.start()
        thread.join()
    assert os.sched_getscheduler(0) == before and seen == [os.SCHED_OTHER]
