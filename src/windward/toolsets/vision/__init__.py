"""Questions about pictures: programs look at them through models that the user plugs in (CRAFT's VQA, after ViperGPT).

A program never gets a file or a path. It gets `image`, asks it (`find`, `crop`, `simple_query`, …), and the host answers
with the user's models. To plug in two pipelines of transformers (not tested here with real checkpoints):

    # my_vision.py
    from transformers import pipeline
    from windward.toolsets.vision import VisionModels

    detector = pipeline("zero-shot-object-detection", model="google/owlv2-base-patch16-ensemble")
    answerer = pipeline("visual-question-answering", model="dandelin/vilt-b32-finetuned-vqa")

    def find(picture, name):
        for seen in detector(picture, candidate_labels=[name], threshold=0.2):
            box = seen["box"]
            yield box["xmin"], box["ymin"], box["xmax"], box["ymax"], seen["score"]

    def simple_query(picture, question):
        return answerer(picture, question, top_k=1)[0]["answer"]

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
