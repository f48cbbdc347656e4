"""One thread, on the CPU: to be imported before the libraries that read this."""

import os

SINGLE = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
SINGLE |= {"MKL_NUM_THREADS": "1", "NPROC": "1", "JAX_PLATFORMS": "cpu"}
FLAGS = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ.update(SINGLE, XLA_FLAGS=FLAGS)
