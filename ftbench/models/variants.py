"""The eight ways to load the weights, as a table, and which device can run which.

Imports neither torch nor transformers until a quantization config is asked for, so that a variant is refused before
anything is downloaded.
"""

import sys
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal

from ftbench.errors import InputError
from ftbench.models.device import Device

if TYPE_CHECKING:
    from transformers import BitsAndBytesConfig

    from ftbench.spec import Spec

DType = Literal["float32", "float16", "bfloat16"]
DTYPE_BYTES: dict[str, int] = {"float32": 4, "float16": 2, "bfloat16": 2}

BF16_CAPABILITY = (8, 0)  # Ampere is the first with bf16 units; older ones emulate it (CUDA C++ Programming Guide, table of features)
INT8_CAPABILITY = (7, 5)  # bitsandbytes, installation guide: LLM.int8() needs Turing or newer
FOUR_BIT_CAPABILITY = (6, 0)  # the same: NF4 and FP4 need Pascal or newer
BLOCK = 64  # weights that share one scale in bitsandbytes' 4-bit formats (its default)
SCALES_BLOCK = 256  # 4-bit scales that share one second-level scale with double quantization


@dataclass(frozen=True)
class Variant:
    """One row of the table.

    `weight_bits` is what one weight of a quantized linear layer takes, its share of the block scales included (int8 has one
    fp32 scale per output row besides). `dtype` is fixed for the plain variants and None where the device decides.
    """

    name: str
    weight_bits: float
    dtype: DType | None = None
    method: Literal["none", "int8", "4bit"] = "none"
    outlier_threshold: float = 0.0
    quant_type: Literal["nf4", "fp4"] | None = None
    double_quant: bool = False
    least_capability: tuple[int, int] = (0, 0)
    note: str = ""

    @property
    def quantized(self) -> bool:
        """Linear layers hold bitsandbytes weights; embeddings, norms and the output layer never do."""
        return self.method != "none"


_FOUR_BITS = 4 + 32 / BLOCK
_FOUR_BITS_DOUBLE = 4 + 8 / BLOCK + 32 / (BLOCK * SCALES_BLOCK)

VARIANTS: dict[str, Variant] = {
    v.name: v
    for v in (
        Variant("fp32", 32, "float32", note="the reference"),
        Variant("fp16", 16, "float16"),
        Variant("bf16", 16, "bfloat16", least_capability=BF16_CAPABILITY),
        Variant("int8", 8, method="int8", outlier_threshold=6.0, least_capability=INT8_CAPABILITY, note="outlier columns above 6 in fp16"),
        Variant("int8-no-outlier", 8, method="int8", least_capability=INT8_CAPABILITY, note="every column in int8"),
        Variant("nf4", _FOUR_BITS, method="4bit", quant_type="nf4", least_capability=FOUR_BIT_CAPABILITY),
        Variant(
            "nf4-dq",
            _FOUR_BITS_DOUBLE,
            method="4bit",
            quant_type="nf4",
            double_quant=True,
            least_capability=FOUR_BIT_CAPABILITY,
            note="scales quantized too",
        ),
        Variant("fp4", _FOUR_BITS, method="4bit", quant_type="fp4", least_capability=FOUR_BIT_CAPABILITY),
    )
}


def find_variant(name: str) -> Variant:
    """The row called `name`.

    Raises:
        InputError: there is none; names the nearest one.
    """
    if name in VARIANTS:
        return VARIANTS[name]
    near = get_close_matches(name, VARIANTS, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    raise InputError(f"unknown variant {name!r}. Known are: {', '.join(VARIANTS)}.{hint}")


def with_variant(spec: "Spec", variant: str | None) -> "Spec":
    """`spec` with its model loaded as `variant`; unchanged for None.

    Raises:
        InputError: an unknown variant, or a spec of an endpoint.
    """
    if variant is None:
        return spec
    if spec.model is None:
        raise InputError("--variant has no meaning here: the spec names an endpoint, and its server decides what it runs.")
    find_variant(variant)
    return spec.but(model=spec.model.model_copy(update={"variant": variant}))


def compute_dtype(variant: str, device: Device) -> DType:
    """What the matrix products run in: fixed for a plain variant; for a quantized one the fastest that the device has in hardware.

    bf16 where the device has it. Otherwise fp16 on a GPU, and fp32 on a CPU, where half precision would be emulated.
    """
    fixed = find_variant(variant).dtype
    if fixed:
        return fixed
    if device.bf16:
        return "bfloat16"
    return "float16" if device.kind == "cuda" else "float32"


def check_variant(variant: str, device: Device) -> None:
    """Nothing, if `device` can run `variant`.

    Raises:
        InputError: it cannot, with the reason and what to choose instead.
    """
    row = find_variant(variant)
    if row.quantized and find_spec("bitsandbytes") is None:
        raise InputError(f"{variant} needs bitsandbytes, which is not installed in {sys.prefix}. Install it, or choose fp32, fp16 or bf16.")
    if device.kind == "cuda" and device.compute_capability and device.compute_capability < row.least_capability:
        have, need = ("{}.{}".format(*pair) for pair in (device.compute_capability, row.least_capability))
        instead = (
            ", ".join(v.name for v in VARIANTS.values() if v.name != "fp32" and v.least_capability <= device.compute_capability) or "fp32"
        )
        raise InputError(
            f"{variant} needs a GPU of compute capability {need} or newer; {device.name} has {have}. Choose one of: {instead}."
        )


def variant_notes(variant: str, device: Device) -> list[str]:
    """What a reader of the numbers must know about `variant` on `device`."""
    row, notes = find_variant(variant), []
    if device.kind == "cpu":
        if row.dtype == "bfloat16" and not device.bf16:
            notes.append(f"bf16 is emulated on {device.name}: its speed says nothing about a device that has bf16 units.")
        if row.dtype == "float16":
            notes.append(f"fp16 is not what CPUs are built for: its speed on {device.name} says nothing about a GPU.")
        if row.quantized:
            notes.append(f"bitsandbytes {variant} on a CPU saves memory; its speed on {device.name} says nothing about a GPU.")
    if row.method == "4bit":
        notes.append("4-bit results depend a little on how many requests are decoded together.")
    return notes


@dataclass(frozen=True)
class VariantRow:
    """A line of `ftbench doctor`: does this variant run here, in which compute dtype, and if not, why."""

    variant: str
    runs: bool
    compute_dtype: str | None
    reason: str


def device_table(device: Device) -> list[VariantRow]:
    """One row a variant, in the order of the table."""
    rows = []
    for name in VARIANTS:
        try:
            check_variant(name, device)
            rows.append(VariantRow(name, True, compute_dtype(name, device), " ".join(variant_notes(name, device))))
        except InputError as error:
            rows.append(VariantRow(name, False, None, str(error)))
    return rows


def quantization_config(variant: str, dtype: DType) -> "BitsAndBytesConfig | None":
    """What `from_pretrained` needs for `variant` with compute dtype `dtype`; None for the plain ones. Imports torch."""
    row = find_variant(variant)
    if not row.quantized:
        return None
    import torch
    from transformers import BitsAndBytesConfig

    if row.method == "int8":
        return BitsAndBytesConfig(load_in_8bit=True, llm_int8_threshold=row.outlier_threshold)
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type=row.quant_type,
        bnb_4bit_use_double_quant=row.double_quant,
        bnb_4bit_compute_dtype=getattr(torch, dtype),
    )
