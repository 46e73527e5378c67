"""One file a tool: what is installed, which command is run, and what it says afterwards. Each has NAME, PACKAGES, command and told."""

from types import ModuleType

from peers.tools import aiperf_tool, ftbench_tool, genai_bench_tool, guidellm_tool, vllm_tool

TOOLS: dict[str, ModuleType] = {tool.NAME: tool for tool in (ftbench_tool, vllm_tool, guidellm_tool, aiperf_tool, genai_bench_tool)}
