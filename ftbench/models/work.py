"""The shape of a model in one variant, as the plain numbers that the roofline asks for."""

from ftbench.errors import NoData
from ftbench.metrics.roofline import Work
from ftbench.models.memory import ModelShape, kv_bytes_per_token, weight_bytes
from ftbench.models.variants import DType

SHORT = {"float32": "fp32", "float16": "fp16", "bfloat16": "bf16"}


def work_of(shape: ModelShape, variant: str, dtype: DType) -> Work:
    """`variant` computed in `dtype`, as `ftbench.models.compute_dtype` gives it.

    Raises:
        NoData: the shape does not say how many query heads there are.
        InputError: there is no such variant.
    """
    if shape.heads is None:
        raise NoData("the model's shape names no query heads, so its attention cannot be counted")
    return Work(
        variant=variant,
        compute_dtype=SHORT[dtype],
        parameters=shape.parameters,
        linear_parameters=sum(rows * columns for _, (rows, columns) in shape.linears),
        lookup_parameters=shape.lookup_parameters,
        weight_bytes=weight_bytes(shape, variant, dtype),
        kv_bytes_per_token=kv_bytes_per_token(shape, dtype),
        layers=shape.layers,
        attention_width=shape.heads * shape.head_dim,
    )
