"""What the laws of ``stepsize.laws`` give on real curves: the table V1 to V10, against targets.

    python -m bench.laws            all of it
    python -m bench.laws V2 V4      some rows

``STEPSIZE_CURVES`` names the folder with the public curves: ``MultiPowerLaw/loss_curve_repo`` (github
thu-yao-01-luo/MultiPowerLaw) and ``lr-scheduling`` (github fabian-sp/lr-scheduling), both under the MIT licence.
"""
