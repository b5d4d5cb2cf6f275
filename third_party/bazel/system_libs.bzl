"""Libraries and code generators that the operating system installs, as Bazel targets."""

def _which(ctx, program):
    path = ctx.which(program)
    if not path:
        fail("%s not found: install the packages in third_party/packages/build.txt" % program)
    return path

def _pkg_config(ctx, *args):
    res = ctx.execute([_which(ctx, "pkg-config")] + list(args))
    if res.return_code:
        fail("%s\nInstall the packages in third_party/packages/build.txt" % res.stderr)
    return [w for w in res.stdout.replace("\n", " ").split(" ") if w]

def _cc_library(ctx, name, modules):
    defines = []
    linkopts = ["-Wl,--as-needed"]  # pkg-config names 50 libraries for grpc++ alone
    for module in modules:
        if module.startswith("-"):
            linkopts.append(module)
            continue

        # In the compile commands of all dependents, so that an upgrade is never a cache hit.
        version = _pkg_config(ctx, "--modversion", module)[0]
        defines.append("SYSTEM_LIB_" + "".join([c if c.isalnum() else "_" for c in (module + "_" + version).elems()]))

        # No -I: what is used of these libraries lies in /usr/include itself.
        defines += [w[2:] for w in _pkg_config(ctx, "--cflags", module) if w.startswith("-D")]
        linkopts += _pkg_config(ctx, "--libs", module)
    return "cc_library(\n    name = %r,\n    defines = %r,\n    linkopts = %r,\n)\n" % (
        name,
        {d: None for d in defines}.keys(),
        {o: None for o in linkopts}.keys(),
    )

def _system_libs_impl(ctx):
    for tool in ctx.attr.tools:
        ctx.symlink(_which(ctx, tool), "bin/" + tool)
    ctx.file("BUILD.bazel", "\n".join([
        "load(\"@rules_cc//cc:defs.bzl\", \"cc_library\")\n",
        "package(default_visibility = [\"//visibility:public\"])\n",
        "exports_files(%r)\n" % ["bin/" + t for t in ctx.attr.tools],
    ] + [_cc_library(ctx, name, modules) for name, modules in ctx.attr.libs.items()]))

system_libs = repository_rule(
    implementation = _system_libs_impl,
    attrs = {
        "libs": attr.string_list_dict(doc = "name -> pkg-config modules and linker flags"),
        "tools": attr.string_list(doc = "programs on PATH, as @NAME//:bin/PROGRAM"),
    },
    configure = True,
    environ = ["PATH", "PKG_CONFIG_PATH"],
    local = True,
)
