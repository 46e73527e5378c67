"""Traffic: arrival schedules, the Locust run, one record per request.

What runs inside a Locust process never imports ray, torch or grpc. Never imports serving or checks.
"""
