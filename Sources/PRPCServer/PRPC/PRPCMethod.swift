import RPCStatus
import SwiftProtobuf

/// What a handler knows of a call besides its message.
package struct PRPCCall: Sendable {
    /// When the caller stops waiting.
    package let deadline: ContinuousClock.Instant?
    /// Header fields that are not pRPC's own.
    package let metadata: CallMetadata
    /// The `Authorization` header.
    package let authorization: String?
    /// What is sent besides the reply.
    package let reply: ReplyMetadata

    package init(
        deadline: ContinuousClock.Instant?, metadata: CallMetadata, authorization: String?,
        reply: ReplyMetadata = ReplyMetadata()
    ) {
        self.deadline = deadline
        self.metadata = metadata
        self.authorization = authorization
        self.reply = reply
    }
}

/// A reply that knows its binary form, which may be there already.
package protocol PRPCReply: Sendable {
    func binary() throws(RPCError) -> [UInt8]
    /// For the other encodings.
    func message() throws(RPCError) -> any Message
}

/// A method of a service: from a request message to a reply.
package struct PRPCMethod: Sendable {
    package let name: String
    let run: @Sendable ([UInt8], MessageFormat, PRPCCall) async throws(RPCError) -> any PRPCReply

    /// A method whose reply is a message.
    package init<Request: Message, Reply: Message>(
        _ name: String,
        _ body: @escaping @Sendable (Request, PRPCCall) async throws(RPCError) -> Reply
    ) {
        self.init(
            name,
            encodable: { (request: Request, call) async throws(RPCError) in
                MessageReply(wrapped: try await body(request, call))
            })
    }

    /// A method whose reply knows its binary form.
    package init<Request: Message, Reply: PRPCReply>(
        _ name: String,
        encodable body: @escaping @Sendable (Request, PRPCCall) async throws(RPCError) -> Reply
    ) {
        self.name = name
        run = { (bytes, format, call) async throws(RPCError) in
            let request: Request = try MessageCoding.decode(bytes, format)
            return try await body(request, call)
        }
    }
}

/// A service by its full name.
package struct PRPCService: Sendable {
    package let name: String
    /// Whether pages of the allowed origins may call it (`spec/prpc.md §7`).
    package let isForBrowsers: Bool
    let methods: [String: PRPCMethod]

    package init(_ name: String, isForBrowsers: Bool = false, _ methods: [PRPCMethod]) {
        self.name = name
        self.isForBrowsers = isForBrowsers
        self.methods = Dictionary(methods.map { ($0.name, $0) }) { first, _ in first }
    }

    /// Ascending.
    package var methodNames: [String] { methods.keys.sorted() }
}

private struct MessageReply: PRPCReply {
    let wrapped: any Message

    func binary() throws(RPCError) -> [UInt8] {
        do {
            return try wrapped.serializedBytes()
        } catch {
            throw RPCError(.internal, "the reply does not encode: \(error)")
        }
    }

    func message() -> any Message { wrapped }
}

/// Messages in the three encodings.
enum MessageCoding {
    /// What keeps browsers from running a JSON reply as a script.
    static let jsonGuard = Array(")]}'\n".utf8)
    /// Nesting of a JSON body that is followed; deeper ones are refused.
    private static let nestingLimit = 100

    static func decode<Request: Message>(
        _ bytes: [UInt8], _ format: MessageFormat
    ) throws(RPCError) -> Request {
        do {
            switch format {
            case .binary: return try Request(serializedBytes: bytes)
            case .json:
                return try decodeJSON(bytes)
            case .text:
                guard let text = String(validating: bytes, as: UTF8.self) else {
                    throw NotText()
                }
                return try Request(textFormatString: text)
            }
        } catch {
            throw RPCError(.invalidArgument, "could not decode body: \(error)")
        }
    }

    private struct NotText: Error, CustomStringConvertible {
        let description = "it is not UTF-8"
    }

    /// Unknown fields are ignored, unknown names of enum values are not: SwiftProtobuf knows one
    /// switch for both, so the lenient reading comes second.
    private static func decodeJSON<Request: Message>(_ bytes: [UInt8]) throws -> Request {
        var options = JSONDecodingOptions()
        options.messageDepthLimit = nestingLimit
        do {
            return try Request(jsonUTF8Bytes: bytes, options: options)
        } catch JSONDecodingError.unknownField {
            options.ignoreUnknownFields = true
            return try Request(jsonUTF8Bytes: bytes, options: options)
        }
    }

    static func encode(
        _ reply: any PRPCReply, _ format: MessageFormat
    ) throws(RPCError) -> [UInt8] {
        if format == .binary { return try reply.binary() }
        let message = try reply.message()
        do {
            switch format {
            case .json:
                let json: [UInt8] = try message.jsonUTF8Bytes()
                return jsonGuard + json + Array("\n".utf8)
            case .text, .binary: return Array(message.textFormatString().utf8)
            }
        } catch {
            throw RPCError(.internal, "the reply does not encode: \(error)")
        }
    }
}
