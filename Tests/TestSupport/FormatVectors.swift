import Foundation

extension Vectors {
    /// One group of `format-vectors.json`; nil, after saying so, where it is not there.
    public static func formatGroup(_ name: String) throws -> JSONObject? {
        guard let url = file("format-vectors.json") else {
            notRun(name, because: "format-vectors.json is not there")
            return nil
        }
        let root = try JSONObject(JSONSerialization.jsonObject(with: Data(contentsOf: url)))
        guard let group = root.object(name) else {
            notRun(name, because: "no group of that name")
            return nil
        }
        return group
    }
}
