"""Fuzz targets: binaries of libFuzzer, built with --config=fuzz and run by run.sh."""

load("@rules_cc//cc:defs.bzl", "cc_binary")

def fuzz_target(name, src, deps):
    """Declares a fuzz target.

    Ordinary builds of //... leave it out. Its first inputs are the files in
    corpus/NAME, to which an input that once crashed is added with its fix.

    Args:
      name: ends in _fuzz.
      src: the file that defines LLVMFuzzerTestOneInput.
      deps: what it includes.
    """
    cc_binary(
        name = name,
        testonly = True,
        srcs = [src],
        tags = [
            "fuzz",
            "manual",
        ],
        deps = deps,
    )
