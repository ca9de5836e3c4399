"""distilabel: its UltraFeedback task in a pipeline, cached; runs in its own environment."""

from __future__ import annotations

import work
from distilabel.models import OpenAILLM
from distilabel.pipeline import Pipeline
from distilabel.steps import LoadDataFromDicts
from distilabel.steps.tasks import UltraFeedback


def main() -> None:
    """Judges every row."""
    options = work.parser().parse_args()
    rows = [
        {"id": row["id"], "instruction": row["instruction"], "generations": row["texts"]}
        for row in work.rows(options.rows)
    ]
    with Pipeline(name="feedback", cache_dir=options.folder) as pipeline:
        load = LoadDataFromDicts(data=rows, batch_size=options.in_flight)
        llm = OpenAILLM(
            model="mock",
            base_url=options.url,
            api_key="x",
            max_retries=10,
            generation_kwargs={"temperature": 0.0, "max_new_tokens": 512},
        )
        judge = UltraFeedback(llm=llm, aspect="instruction-following", input_batch_size=options.in_flight)
        load >> judge
    judged = pipeline.run(use_cache=True)["default"]["train"]
    work.write(options.out, ((row["id"], row["ratings"]) for row in judged))


if __name__ == "__main__":
    main()
