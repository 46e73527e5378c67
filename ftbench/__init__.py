"""ftbench: does this fine-tuned model, in this quantization, on this hardware, meet what was promised, and at what cost?"""

__version__ = "0.1.0"
