"""Measured against peers in the same run. `python -m benchmarks [NAME ...] [--quick]`.

One thread throughout: with two, figures on shared cores are noise. This must be said before NumPy loads.
"""

import os

CORETYPE_WAS = os.environ.pop("OPENBLAS_CORETYPE", None)
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ[_name] = "1"
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
os.environ.setdefault("JAX_PLATFORMS", "cpu")
