import Foundation
import StreamArchive

// What is in the bucket.
extension S3Store: ListedStore {
    package func objects(in folder: ObjectName) throws(ObjectError) -> [ListedObject] {
        try objects(in: folder, atOnce: 1000)
    }

    /// - Parameter count: of one request.
    func objects(
        in folder: ObjectName, atOnce count: Int
    ) throws(ObjectError) -> [ListedObject] {
        var objects: [ListedObject] = []
        var continuation: String?
        repeat {
            var query = [
                ("list-type", "2"), ("prefix", "\(key(folder))/"), ("delimiter", "/"),
                ("max-keys", "\(count)"),
            ]
            if let continuation { query.append(("continuation-token", continuation)) }
            let reply = try client.send(.init(method: .GET, key: "", query: query))
            guard reply.status == 200 else { throw failure(reply, folder) }
            for entry in reply.elements("Contents") {
                objects.append(try object(entry, in: folder))
            }
            guard objects.count <= ListedObject.limit else {
                throw .refused(
                    url(of: folder), reason: "it has more than \(ListedObject.limit) objects")
            }
            continuation = reply.element("NextContinuationToken")
        } while continuation != nil
        return objects
    }

    /// - Parameter entry: an element `Contents`.
    private func object(
        _ entry: Substring, in folder: ObjectName
    ) throws(ObjectError) -> ListedObject {
        let start = key(folder).count + 1
        guard let key = S3Client.Reply.element("Key", in: entry), key.count > start,
            let name = ObjectName("\(folder)/\(key.dropFirst(start))"),
            let size = S3Client.Reply.element("Size", in: entry).flatMap({ UInt64($0) })
        else {
            throw .refused(url(of: folder), reason: "it is listed in a way that is not understood")
        }
        return ListedObject(name: name, size: size)
    }
}
