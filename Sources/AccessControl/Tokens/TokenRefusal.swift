import RPCStatus

/// Why credentials are no good. The texts never repeat them.
enum TokenRefusal: String, Error {
    case notBearer = "only bearer tokens are taken"
    case unknown = "the token is not known"
    case unknownIssuer = "the issuer of the token is not configured"
    case algorithmNotAllowed = "the token is signed with an algorithm that is not allowed"
    case noKey = "the token is signed with a key that is not in the issuer's key set"
    case badSignature = "the signature of the token is wrong"
    case wrongAudience = "the token is for another service"
    case noExpiry = "the token has no end"
    case expired = "the token has expired"
    case notYet = "the token is not valid yet"
    case nameless = "the token does not name its bearer"

    var status: RPCError { RPCError(.unauthenticated, rawValue) }
}
