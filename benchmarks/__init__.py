"""Measuring the platform: every figure beside a baseline that was measured in the same run.

`make bench` starts a platform of its own below `$B2B_VAR/bench`, with the settings of production, and removes
it afterwards. A figure alone says more about the machine than about the code, so targets are ratios.
"""
