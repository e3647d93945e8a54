import LogDogModel

/// A glob, and behind a zero byte a name; a glob alone is held against itself.
enum FuzzGlob {
    /// Steps of the judge that an input is worth.
    private static let limit = 1 << 16

    static func take(_ bytes: [UInt8]) {
        let parts = bytes.split(separator: 0, maxSplits: 1)
        guard let glob = parts.first else { return }
        let name = String(decoding: parts.count > 1 ? parts[1] : glob, as: UTF8.self)
        do throws(PatternError) {
            let pattern = try PathPattern(String(decoding: glob, as: UTF8.self))
            let matches = pattern.matches(name: name)
            let judge = GlobJudge(glob: Array(pattern.glob.utf8), name: Array(name.utf8))
            guard judge.steps <= limit else { return }
            precondition(matches == judge.matches(), "a pattern means one thing")
        } catch { return }
    }
}

/// Says by a table whether a glob means a name: for each place in the one and each in the other
/// whether what is left of both fits. Knows nothing of how patterns are compiled.
private struct GlobJudge {
    let glob: [UInt8]
    let name: [UInt8]

    var steps: Int { (glob.count + 1) * (name.count + 1) }

    func matches() -> Bool {
        // From the end on, so that what a row asks of later ones is there.
        var rows = Array(repeating: [false], count: glob.count + 1)
        rows[glob.count] = Array(repeating: false, count: name.count) + [true]
        for place in glob.indices.reversed() { rows[place] = row(of: place, rows) }
        return rows[0][0]
    }

    /// Whether the glob from `place` on fits the name from each of its places on.
    private func row(of place: Int, _ rows: [[Bool]]) -> [Bool] {
        func begins(_ form: String) -> Bool { glob[place...].starts(with: form.utf8) }
        let slash = UInt8(ascii: "/")
        var row = Array(repeating: false, count: name.count + 1)
        // The longest form counts: a slash beside `**` is part of it.
        let form = ["/**/", "/**", "**/", "**", "*"].first(where: begins) ?? ""
        for index in (0...name.count).reversed() {
            let byte = index < name.count ? name[index] : nil
            func isNext(_ row: [Bool]) -> Bool { byte != nil && row[index + 1] }
            row[index] =
                switch form {
                case "/**/": byte == slash && isNext(rows[place + 4]) || isNext(row)
                case "*": byte != slash && (isNext(rows[place + 1]) || isNext(row))
                case "": byte == glob[place] && isNext(rows[place + 1])
                default: rows[place + form.utf8.count][index] || isNext(row)
                }
        }
        return row
    }
}
