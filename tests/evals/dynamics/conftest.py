from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dynamics_rows import farm_rows


@pytest.fixture(scope="session")
def trained_farm(tiny_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of 5 steps that kept its checkpoints of steps 0, 2 and 4, and is itself the last one."""
    from windward.training import SFTConfig, train_sft

    home = tmp_path_factory.mktemp("farm")
    pq.write_table(pa.Table.from_pylist(farm_rows(20)), home / "rows.parquet")
    config = SFTConfig(learning_rate=3e-3, batch_size=4, checkpoint_steps=2, order="given", seed=3)
    return train_sft(tiny_checkpoint, home / "rows.parquet", home / "run", config).path
