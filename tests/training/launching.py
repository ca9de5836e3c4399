"""Two processes on the CPU, as `accelerate launch` starts them."""

import os
import subprocess
import sys

LAUNCHER = [
    *("-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2", "--num_machines", "1"),
    *("--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", "0"),
]
ENVIRONMENT = os.environ | {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "ACCELERATE_USE_CPU": "true"}


def launched(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Two processes on the CPU."""
    return subprocess.run(
        [sys.executable, *LAUNCHER, *arguments], env=ENVIRONMENT, capture_output=True, text=True, timeout=300
    )
