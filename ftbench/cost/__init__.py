"""Metrics and a hardware profile become cost per inference and the fleet it takes at 1x, 3x and 10x.

Arithmetic only: no measuring, no I/O but the reading of profiles, of a found capacity, and of what this machine is. Names for the other
rooms: setting.setting_of, at_scale.{cost_at_scales, terms_at, cost_at, drawn_at}, demand.demand_shape, found.read_found,
pricing.{hour_price, judged_price, refuse_doubtful_price}, options.options, break_even, monte_carlo.monte_carlo, simulator,
profiles.{profile_of, load_profile, profile_ids, describe_price, price_notes}, local.local_profile, profile_table, result.CostAtScale,
plan_file. They are imported from their files, so that the report's types and `ftbench hardware` stay free of scipy.
"""
