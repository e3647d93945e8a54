import ByteCoding
import Foundation
import LogDogProtos
import RPCStatus
import SwiftProtobuf

/// `discovery.Discovery`: what services there are, and all that is needed to call them without
/// having been built for them (`spec/prpc.md §8`). Anybody may ask.
package struct DiscoveryService: Sendable {
    private static let sizeLimit = 4 << 20

    private var reply = Discovery_DescribeResponse()

    /// - Parameter services: the full names of the services of this server.
    package init(_ services: [String]) {
        reply.description_p = Self.descriptors
        reply.services = services.sorted()
    }

    private static var descriptors: Google_Protobuf_FileDescriptorSet {
        let compressed = Array(Data(base64Encoded: ServiceDescriptors.set) ?? Data())
        var set: [UInt8] = []
        do {
            try Inflater(envelope: .gzip).inflate(compressed[...], into: &set, limit: sizeLimit)
            return try Google_Protobuf_FileDescriptorSet(serializedBytes: set)
        } catch {
            preconditionFailure("the descriptors that the program is built with decode: \(error)")
        }
    }

    package func describe(_: Discovery_Void) -> Discovery_DescribeResponse { reply }
}
