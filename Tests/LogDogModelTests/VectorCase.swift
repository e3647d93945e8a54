import TestSupport

extension JSONObject {
    /// A text given as it is, or as a unit and how often it stands there.
    func text(_ name: String, repeated: String = "repeat") -> String? {
        if let text = string(name) { return text }
        guard let parts = members[repeated] as? [Any], parts.count == 2,
            let unit = parts[0] as? String, let count = parts[1] as? Int
        else { return nil }
        return String(repeating: unit, count: count)
    }
}

/// Whether `body` goes through.
func holds(_ body: () throws -> Void) -> Bool {
    do {
        try body()
        return true
    } catch {
        return false
    }
}
