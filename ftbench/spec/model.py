"""The spec: everything that a user may write in the YAML file."""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, PrivateAttr, model_validator

from ftbench.spec.checks import Evidence, TestId, Tests
from ftbench.spec.compare import Compare
from ftbench.spec.cost import Cost
from ftbench.spec.judge import Judge
from ftbench.spec.load import Load, Slo, Validity
from ftbench.spec.section import Reason, Section
from ftbench.spec.target import Endpoint, Model, Serving


class Spec(Section):
    """One contract: a model or an endpoint, the hardware, the traffic, the promises and the tests."""

    schema_: Literal["ftbench.spec/1"] = Field("ftbench.spec/1", alias="schema")
    name: str = Field(min_length=1, description="Name of the project in the report")
    model: Model | None = None
    endpoint: Endpoint | None = None
    system_prompt: str | None = Field(None, description="Put before every case that has a `prompt` and no `messages`")
    hardware: str = Field("local", description="Hardware profile: a shipped id or a YAML file")
    serving: Serving = Serving()
    load: Load
    slo: Slo
    slos: dict[str, Slo] = Field(
        {}, description="Further objectives by name; counted beside `slo` in the report; no test is judged by them"
    )
    validity: Validity = Validity()
    cost: Cost = Cost()
    compare: Compare | None = Field(None, description="For `ftbench compare`: variants, hardware and replicas side by side")
    evidence: Evidence = Evidence()
    judge: Judge | None = Field(None, description="A model that grades answers where a test asks for it")
    training: list[str] = Field(
        [], description="Files that the model was trained on (JSONL, chat or prompt); no test case may stand in them"
    )
    tests: Tests
    skip: dict[TestId, Reason] = Field(
        {}, description="Tests that are left out on purpose, each with the reason that the report will print"
    )

    _folder: Path = PrivateAttr(Path())
    _file: Path | None = PrivateAttr(None)

    @model_validator(mode="after")
    def _one_target(self) -> "Spec":
        if (self.model is None) == (self.endpoint is None):
            raise ValueError("give either `model` (ftbench serves it) or `endpoint` (it is already running), not both and not neither")
        return self

    @property
    def folder(self) -> Path:
        """Folder of the spec file; every relative path in the spec starts here."""
        return self._folder

    @property
    def file(self) -> Path | None:
        """The spec file itself; None for a spec that was made in memory."""
        return self._file

    def path(self, relative: str) -> Path:
        """A path of the spec as a path of this machine."""
        return (self._folder / Path(relative).expanduser()).resolve()

    def but(self, **changes: Any) -> "Spec":
        """This spec with some of its sections exchanged, in the same folder."""
        other = self.model_copy(update=changes)
        other._folder, other._file = self._folder, self._file
        return other

    @property
    def variant(self) -> str:
        """The variant under test, or what an endpoint says it runs."""
        return self.model.variant if self.model else (self.endpoint.variant or "as served")
