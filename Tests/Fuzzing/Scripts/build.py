#!/usr/bin/env python3
"""build.py: builds the fuzz targets into .build/fuzz, out of a debug build.

Only our own modules are compiled anew, with what libFuzzer needs to see where an input leads; NIO,
BoringSSL and their like are linked as the debug build has them, which saves minutes. The commands
are those that the package manager wrote down for itself, with other outputs.
"""
import concurrent.futures
import json
import os
import re
import subprocess
import sys

MANIFEST = ".build/debug.yaml"
FOLDER = ".build/fuzz"
# Generated: what fuzzing could find there is not ours.
AS_THEY_ARE = {"LogDogProtos"}
# Options that take a value, and options alone, that are about the other build.
WITH_VALUE = {"-emit-module-path", "-output-file-map", "-index-store-path",
              "-emit-objc-header-path"}
ALONE = {"-incremental", "-emit-dependencies", "-enable-batch-mode", "-serialize-diagnostics",
         "-parseable-output", "-emit-objc-header"}


def commands():
    """Inputs and arguments of what compiles or links Swift, by name: `X.module`, `X.exe`."""
    found = {}
    text = open(MANIFEST).read()
    for name, body in re.findall(r'^  "C\.([^"]+)":\n((?:    .*\n)+)', text, re.M):
        fields = dict(re.findall(r"^    (inputs|args): (\[.*\])$", body, re.M))
        kind = name.rsplit(".", 1)[-1]
        if "args" in fields and kind in ("module", "exe"):
            args = json.loads(fields["args"])
            module = args[args.index("-module-name") + 1]
            found[f"{module}.{kind}"] = (json.loads(fields["inputs"]), args)
    return found


def imports(inputs):
    modules = [os.path.basename(path) for path in inputs if path.endswith(".swiftmodule")]
    return [os.path.splitext(module)[0] for module in modules]


def is_ours(inputs):
    sources = [path for path in inputs if path.endswith(".swift")]
    return bool(sources) and not any("/.build/checkouts/" in path for path in sources)


def compiled(module, args):
    kept = []
    skips = False
    for argument in args:
        if skips:
            skips = False
        elif argument in WITH_VALUE:
            skips = True
        elif argument not in ALONE:
            kept.append(argument)
    return [kept[0], "-I", f"{FOLDER}/Modules", *kept[1:], "-whole-module-optimization",
            "-emit-module-path", f"{FOLDER}/Modules/{module}.swiftmodule",
            "-o", f"{FOLDER}/{module}.o", "-sanitize=fuzzer", "-DFUZZING"]


def linked(args, modules):
    """The objects of the other build, but for those of modules that there are ours of."""
    at = next(index for index, argument in enumerate(args) if argument.startswith("@"))
    folders = [f"/{module}.build/" for module in modules]
    objects = [f"{FOLDER}/{module}.o" for module in modules]
    for line in open(args[at][1:]):
        path = line.strip().strip("'\"")
        if not any(folder in path for folder in folders):
            objects.append(path)
    listing = f"{FOLDER}/objects"
    with open(listing, "w") as file:
        file.writelines(f"'{path}'\n" for path in objects)
    args = args[:at] + [f"@{listing}"] + args[at + 1:]
    args[args.index("-o") + 1] = f"{FOLDER}/logdog-fuzz"
    return args + ["-sanitize=fuzzer", "-use-ld=lld"]


def run(command):
    outcome = subprocess.run(command, capture_output=True, text=True)
    if outcome.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{outcome.stdout}{outcome.stderr}")


def main():
    found = commands()
    wanted = {}
    pending = ["logdog_fuzz"]
    while pending:
        module = pending.pop()
        inputs, args = found.get(f"{module}.module", ([], []))
        if module in wanted or module in AS_THEY_ARE or not is_ours(inputs):
            continue
        wanted[module] = (imports(inputs), args)
        pending += imports(inputs)
    os.makedirs(f"{FOLDER}/Modules", exist_ok=True)
    done = set()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        while len(done) < len(wanted):
            ready = [module for module, (needs, _) in wanted.items()
                     if module not in done and not (set(needs) & wanted.keys()) - done]
            list(pool.map(lambda module: run(compiled(module, wanted[module][1])), ready))
            done.update(ready)
    run(linked(found["logdog_fuzz.exe"][1], list(wanted)))


main()
