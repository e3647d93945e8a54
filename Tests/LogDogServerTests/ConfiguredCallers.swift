import Crypto
import Foundation
import TestSupport

/// A configuration in which callers show their own names as tokens.
enum ConfiguredCallers {
    /// Project `proj-foo`; `service` and `setup` are services, `setup` is administrator as well.
    ///
    /// - Parameters:
    ///   - names: who there is: NAME shows the token `NAME` and is `user:NAME`.
    ///   - services: more of `services.cfg`, inside its `coordinator`.
    ///   - access: more of `access.cfg`.
    ///   - project: `projects/proj-foo.cfg`.
    static func directory(
        _ names: [String], services: String = "", access: String, project: String = ""
    ) throws -> ConfigurationDirectory {
        let tokens = names.map { name in
            let hash = SHA256.hash(data: Data(name.utf8)).map { byte in
                String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
            }.joined()
            return "tokens { identity: \"user:\(name)\" sha256: \"\(hash)\" }\n"
        }
        return try ConfigurationDirectory([
            "services.cfg": """
            coordinator {
              admin_auth_group: "admins" service_auth_group: "daemons"
              prefix_expiration { seconds: 86400 } \(services)
            }
            """,
            "access.cfg": """
            groups { name: "admins" members: "user:setup" }
            groups { name: "daemons" members: ["user:setup", "user:service"] }
            \(tokens.joined())\(access)
            """,
            "projects/proj-foo.cfg": project,
        ])
    }
}
