"""Random models of BERT's and T5's kind with tokenizers that split unknown words into letters: made and trained in seconds."""

import string
from collections.abc import Sequence
from pathlib import Path
from typing import Any

LETTERS = string.ascii_letters + string.digits + string.punctuation


def write_bert(folder: Path, words: Sequence[str] = (), positions: int = 64, dropout: float = 0.05) -> Path:
    """An encoder; `words` are tokens of their own, all others are read letter by letter."""
    import torch
    from transformers import BertConfig, BertModel

    tokenizer = _tokenizer(
        ["[PAD]", "[UNK]", "[CLS]", "[SEP]"], words, "[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1"
    )
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=positions,
        initializer_range=0.1,
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=dropout,
    )
    BertModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def write_t5(folder: Path, words: Sequence[str] = ()) -> Path:
    """An encoder-decoder; see `write_bert`."""
    import torch
    from transformers import T5Config, T5ForConditionalGeneration

    tokenizer = _tokenizer(["[PAD]", "[UNK]", "[EOS]"], words, "$A [EOS]", "$A [EOS] $B [EOS]")
    torch.manual_seed(0)
    config = T5Config(
        vocab_size=len(tokenizer),
        d_model=32,
        d_kv=8,
        d_ff=64,
        num_layers=2,
        num_heads=4,
        dropout_rate=0.0,
        pad_token_id=0,
        eos_token_id=2,
        decoder_start_token_id=0,
    )
    T5ForConditionalGeneration(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _tokenizer(special: list[str], words: Sequence[str], single: str, pair: str) -> Any:
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    known = dict.fromkeys([*special, *LETTERS, *(f"##{letter}" for letter in LETTERS), *words])
    vocabulary = {word: place for place, word in enumerate(known)}
    inner = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    inner.normalizer = normalizers.BertNormalizer(lowercase=False)
    inner.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    inner.decoder = decoders.WordPiece()
    inner.post_processor = processors.TemplateProcessing(
        single=single, pair=pair, special_tokens=[(name, vocabulary[name]) for name in special]
    )
    names = {"[CLS]": "cls_token", "[SEP]": "sep_token", "[EOS]": "eos_token"}
    return PreTrainedTokenizerFast(
        tokenizer_object=inner,
        pad_token="[PAD]",
        unk_token="[UNK]",
        **{names[name]: name for name in special if name in names},
    )


def tokenizers_of_each_kind(longest: int) -> dict[str, Any]:
    """One of each kind that encoders of this field have, over letters: BERT's, DeBERTa's, RoBERTa's."""
    from tokenizers import pre_tokenizers
    from transformers import DebertaV2Tokenizer, RobertaTokenizer

    special = ["<pad>", "<unk>", "<s>", "</s>", "<mask>"]
    bytewise = sorted(pre_tokenizers.ByteLevel.alphabet())
    marked = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    pieces = [(name, 0.0) for name in marked] + [(piece, -3.0) for piece in ("▁", *LETTERS, "▁Ad", "liv")]
    found = {
        "BERT": _tokenizer(
            ["[PAD]", "[UNK]", "[CLS]", "[SEP]"], ["Ada"], "[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1"
        ),
        "DeBERTa": DebertaV2Tokenizer(vocab=pieces, add_prefix_space=True),
        "RoBERTa": RobertaTokenizer(
            vocab={piece: place for place, piece in enumerate([*special, *bytewise])},
            merges=[],
            add_prefix_space=True,
        ),
    }
    for tokenizer in found.values():
        tokenizer.model_max_length = longest
    return found
