#!/usr/bin/env python3
"""coverage.py EXPORT PERCENT MODULE...: fails unless tests run PERCENT of each module's regions.

EXPORT is what `llvm-cov export` prints. Not counted: what runs only in a process that is about to
die of a defect (the message of a precondition, a branch that begins with preconditionFailure), the
branches of deliberate faults, which exist to be caught, and what holds no code (closing braces
behind a branch, and the name of an operator that `[...]` stands for). --list names what no test
runs.
"""
import json
import re
import sys

# The text before a region that is the message of a precondition.
MESSAGE = re.compile(r'precondition\((?:(?!\n\s*\n|precondition\().)*,\s*$', re.S)


def is_counted(lines, place):
    start_line, start_column, end_line, end_column = place
    line = lines[start_line - 1] if start_line <= len(lines) else ""
    text = "\n".join(lines[start_line - 1:end_line])
    text = text[start_column - 1:len(text) - len(lines[end_line - 1]) + end_column - 1]
    if text == "..." or not text.strip(" \n}"):
        return False
    if "DeliberateFault." in line or "preconditionFailure" in line:
        return False
    rest = line[start_column - 1:]
    following = "\n".join(lines[start_line - 1:start_line + 1])[start_column - 1:]
    if re.match(r'\{?\s*preconditionFailure', following):
        return False
    before = "\n".join(lines[max(0, start_line - 7):start_line - 1]) + "\n" + line[:start_column - 1]
    return not (rest.startswith('"') and MESSAGE.search(before))


def regions(export):
    """The highest count of each region, by file."""
    found = {}
    for function in export["data"][0]["functions"]:
        for region in function["regions"]:
            line, column, end_line, end_column, count, file, _, kind = region
            if kind != 0:
                continue
            name = function["filenames"][file]
            place = (line, column, end_line, end_column)
            counts = found.setdefault(name, {})
            counts[place] = max(counts.get(place, 0), count)
    return found


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--list"]
    lists = "--list" in sys.argv
    with open(arguments[0]) as file:
        found = regions(json.load(file))
    wanted = float(arguments[1])
    failed = False
    for module in arguments[2:]:
        total = run = 0
        for name, counts in sorted(found.items()):
            if f"/Sources/{module}/" not in name:
                continue
            path = name[name.index("Sources/"):]
            lines = open(path).read().split("\n")
            missed = []
            for place, count in sorted(counts.items()):
                if not is_counted(lines, place):
                    continue
                total += 1
                run += count > 0
                if count == 0:
                    missed.append(f"{place[0]}:{place[1]}")
            if lists and missed:
                print(f"    {path} {' '.join(missed)}")
        share = 100 * run / total if total else 0
        print(f"region coverage of {module}: {run} of {total}, {share:.2f} %")
        failed = failed or share < wanted
    if failed:
        print(f"FAILED: {wanted:g} % of each are wanted", file=sys.stderr)
    sys.exit(failed)


main()
