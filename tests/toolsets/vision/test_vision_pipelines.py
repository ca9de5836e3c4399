"""The example of the package's page runs, with a detector of random weights and a talker that only checks how it is asked."""

from __future__ import annotations

import textwrap
from typing import Any

import pytest
from drawn_shapes import Shape, draw

import windward.toolsets.vision as vision
from windward.toolsets.problems import ToolProblem
from windward.toolsets.vision import VisionModels


def _tiny_detector() -> Any:
    """A real zero-shot detector of one layer; what it finds is chance, its form is not."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers
    from transformers import OwlViTConfig, OwlViTForObjectDetection, PreTrainedTokenizerFast, pipeline
    from transformers.models.owlvit.image_processing_pil_owlvit import OwlViTImageProcessorPil

    end, start = "<|endoftext|>", "<|startoftext|>"
    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(vocab_size=300, special_tokens=[end, start], show_progress=False)
    inner.train_from_iterator(["red circle blue square"], trainer)
    inner.post_processor = processors.TemplateProcessing(
        single=f"{start} $A {end}", special_tokens=[(end, 0), (start, 1)]
    )
    layers = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    ends = {"bos_token_id": 1, "eos_token_id": 0, "pad_token_id": 0}
    texts = layers | ends | {"vocab_size": 300, "max_position_embeddings": 32}
    config = OwlViTConfig(
        text_config=texts, vision_config=layers | {"image_size": 64, "patch_size": 16}, projection_dim=16
    )
    torch.manual_seed(0)
    detector = OwlViTForObjectDetection(config).eval()
    for parameter in detector.box_head.dense2.parameters():  # boxes as large as their patches, not empty ones
        torch.nn.init.zeros_(parameter)
    return pipeline(
        "zero-shot-object-detection",
        model=detector,
        image_processor=OwlViTImageProcessorPil(size={"height": 64, "width": 64}, do_center_crop=False),
        tokenizer=PreTrainedTokenizerFast(
            tokenizer_object=inner, bos_token=start, eos_token=end, pad_token=end
        ),
    )


@pytest.mark.slow  # it loads the pipelines of transformers
def test_the_example_plugs_pipelines_in() -> None:
    detector = _tiny_detector()
    asked: list[Any] = []

    def talker(text: Any, **how: Any) -> list[dict[str, str]]:
        asked.append((text, how))
        return [{"generated_text": " red"}]

    made = {
        "zero-shot-object-detection": lambda *args, **more: detector(*args, **more | {"threshold": 1e-6}),
        "image-text-to-text": talker,
    }
    example = str(vision.__doc__).split("# my_vision.py\n")[1].split("\nand then")[0]
    load = "from transformers import pipeline"
    assert load in example
    names: dict[str, Any] = {"pipeline": lambda task, model: made[task]}
    exec(textwrap.dedent(example).replace(load, ""), names)
    models: VisionModels = names["models"]
    picture = draw(Shape("red", "circle", 60, 60, 20))
    domain = vision.vision_domain(models, {"here": picture})
    id = domain.prepare(ToolProblem("p", "?", "", {"image": "here"})).split("'")[1]
    found = domain.host["vision_find"](id, [20, 20, 120, 120], "red circle")
    assert found and all(20 <= box[0] < box[2] <= 120 and 0 < box[4] < 1 for box in found)
    assert domain.host["vision_simple_query"](id, [0, 0, 99, 99], "What is it?") == "red"
    ((turn,), how) = asked[0]
    assert [part["type"] for part in turn["content"]] == ["image", "text"]
    assert turn["content"][0]["image"].size == (99, 99) and how["return_full_text"] is False
