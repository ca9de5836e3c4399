"""Questions about pictures: programs look at them through models that the user plugs in (CRAFT's VQA, after ViperGPT).

A program never gets a file or a path. It gets `image`, asks it (`find`, `crop`, `simple_query`, …), and the host answers
with the user's models. To plug in two pipelines of transformers (never tried with real checkpoints here, and the pipelines'
own arguments are those of transformers 5):

    # my_vision.py
    from transformers import pipeline
    from windward.toolsets.vision import VisionModels

    detector = pipeline("zero-shot-object-detection", model="google/owlv2-base-patch16-ensemble")
    talker = pipeline("image-text-to-text", model="HuggingFaceTB/SmolVLM-500M-Instruct")

    def find(picture, name):
        for seen in detector(picture, candidate_labels=[name], threshold=0.2):
            box = seen["box"]
            yield box["xmin"], box["ymin"], box["xmax"], box["ymax"], seen["score"]

    def simple_query(picture, question):
        asked = f"{question} Answer with one word or a short phrase."
        content = [{"type": "image", "image": picture}, {"type": "text", "text": asked}]
        said = talker(text=[{"role": "user", "content": content}], max_new_tokens=20, return_full_text=False)
        return said[0]["generated_text"]

    models = VisionModels(find=find, simple_query=simple_query)

and then

    domain = vision_domain(load_vision("my_vision:models"), "images/")
    with Validator(domain=domain) as validator:
        verdicts = validator.validate(tools, "specific")
"""

from windward.toolsets.vision.domain import vision_domain
from windward.toolsets.vision.images import ImageFileError, check_images
from windward.toolsets.vision.judge import Rejudged, judge, rejudge
from windward.toolsets.vision.models import VisionModels, VisionModelsError, load_vision
from windward.toolsets.vision.scoring import exact, soft_accuracy, token_f1

__all__ = [
    "ImageFileError",
    "Rejudged",
    "VisionModels",
    "VisionModelsError",
    "check_images",
    "exact",
    "judge",
    "load_vision",
    "rejudge",
    "soft_accuracy",
    "token_f1",
    "vision_domain",
]
