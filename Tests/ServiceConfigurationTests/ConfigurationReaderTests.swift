import Platform
import TestSupport
import Testing

@testable import ServiceConfiguration

/// A configuration is good as a whole or it is not taken, and says what is wrong where.
struct ConfigurationReaderTests {
    static let services = """
        transport { pubsub { project: "logs-proj" topic: "logs" } }
        coordinator {
          admin_auth_group: "admins"
          service_auth_group: "daemons"
          rpc_allow_origins: "https://ci.example"
          prefix_expiration { seconds: 3600 }
          archive_settle_delay { seconds: 10 }
        }
        """
    static let access = """
        groups { name: "admins" members: "user:root" }
        groups { name: "daemons" members: "service:*" nested: "admins" }
        tokens {
          identity: "service:collector"
          sha256: "\(String(repeating: "ab", count: 32))"
        }
        projects {
          project: "demo"
          realms { name: "ci" extends: "@root" }
          realms { name: "@root" bindings { role: "role/logdog.reader" principals: "group:all" } }
        }
        limits { each_project { entries { per_second: 100 } open_tails: 2 } }
        """
    static let project = "max_stream_age { seconds: 60 }\narchive_gs_bucket: \"b\"\n"

    private static func read(
        _ changes: [String: String?] = [:]
    ) throws -> Configuration {
        var files: [String: String?] = [
            "services.cfg": services, "access.cfg": access, "projects/demo.cfg": project,
        ]
        files.merge(changes) { _, new in new }
        let directory = try ConfigurationDirectory(files.compactMapValues { $0 })
        return try ConfigurationReader.read(directory.path, SystemFileSystem())
    }

    private static func problems(_ changes: [String: String?]) throws -> [String] {
        do {
            _ = try read(changes)
            return []
        } catch let refusal as ConfigurationRefusal {
            return refusal.problems.map(\.description)
        }
    }

    @Test func `a good one is read into settings`() throws {
        let configuration = try Self.read()
        #expect(configuration.service.bundleTopic == "projects/logs-proj/topics/logs")
        #expect(configuration.service.prefixWindow == .seconds(3600))
        #expect(configuration.service.settleDelay == .seconds(10))
        #expect(configuration.service.allowedOrigins == ["https://ci.example"])
        #expect(configuration.projects.keys.sorted() == ["demo"])
        #expect(configuration.projects["demo"]?.completePeriod == .seconds(60))
        #expect(configuration.projects["demo"]?.archive?.bucket == "b")
        #expect(configuration.access.administrators == "admins")
        #expect(configuration.access.realms["demo:ci"]?.first?.principals == [.everybody])
        #expect(configuration.access.realms["demo:ci"]?.first?.permissions.count == 2)
        #expect(
            configuration.limits.eachProject.rates[.entries] == Rate(perSecond: 100, burst: 100))
        #expect(configuration.limits.eachProject.openTails == 2)
    }

    @Test func `equal files have equal hashes and other files others`() throws {
        #expect(try Self.read().hash == Self.read().hash)
        #expect(try Self.read().hash != Self.read(["projects/demo.cfg": ""]).hash)
        #expect(try Self.read().hash != Self.read(["projects/other.cfg": ""]).hash)
    }

    @Test func `what is no part of it is passed over`() throws {
        let more = ["notes.txt": "x {", ".services.cfg.swp": "{", "projects/.x.cfg": "{"]
        #expect(try Self.read(more).hash == Self.read().hash)
    }

    @Test(arguments: [
        ("services.cfg", "", "services.cfg:1: the section coordinator is missing"),
        (
            "services.cfg", "coordinator {\n  admin_auth_grop: \"x\"\n}",
            "services.cfg:2: there is no such field"
        ),
        (
            "services.cfg", "coordinator {\n\n  prefix_expiration { seconds: \"x\" }\n}",
            "services.cfg:3: "
        ),
        (
            "services.cfg", "coordinator {\n  prefix_expiration { seconds: -1 }\n}",
            "services.cfg:2: a duration"
        ),
        (
            "services.cfg", "coordinator {\n  admin_auth_group: \"nobody\"\n}",
            "services.cfg:2: access.cfg has no group nobody"
        ),
        (
            "services.cfg",
            "coordinator {}\ntransport {\n pubsub {\n project: \"p\" topic: \"goog1\" } }",
            "services.cfg:4: Butlers refuse"
        ),
        (
            "services.cfg",
            "coordinator {\n  rpc_allow_origins: \"https://a\"\n  rpc_allow_origins: \"*\"\n}",
            "services.cfg:3: an origin"
        ),
        ("services.cfg", "coordinator {\n", "services.cfg:1: the message is never closed"),
        (
            "projects/demo.cfg", "\nreader_auth_groups: [\"admins\",\n \"x\"]",
            "projects/demo.cfg:3: access.cfg has no group x"
        ),
        ("projects/demo.cfg", "prefix_expiration: 5", "projects/demo.cfg:1: "),
        ("projects/Demo.cfg", "", "projects/Demo.cfg: this is no project's name"),
        (
            "access.cfg",
            "groups { name: \"admins\" }\ngroups { name: \"daemons\"\n members: \"alice\" }",
            "access.cfg:3: an identity is KIND:NAME"
        ),
    ])
    func `what is wrong is told with file and line`(
        _ file: String, _ text: String, _ expected: String
    ) throws {
        let problems = try Self.problems([file: text])
        #expect(problems.contains { $0.hasPrefix(expected) }, "\(problems)")
    }

    @Test(arguments: [
        (
            "groups { name: \"a\" nested: \"b\" }\ngroups { name: \"b\" nested: \"a\" }", 1,
            "contains itself"
        ),
        ("groups { name: \"a\" }\ngroups { name: \"a\" }", 2, "a name of its own"),
        ("tokens {\n identity: \"service:*\" sha256: \"00\" }", 2, "stands for one identity"),
        ("tokens { identity: \"service:a\"\n sha256: \"00\" }", 2, "64 hex digits"),
        ("issuers { issuer: \"i\"\n jwks_file: \"none.json\" }", 2, "there is no none.json"),
        ("issuers { issuer: \"i\"\n jwks_url: \"http://keys.example/\" }", 2, "fetched over https"),
        ("issuers {\n issuer: \"i\" jwks_url: \"https://k/\" }", 1, "at least one audience"),
        (
            "issuers { issuer: \"i\" audiences: \"a\" jwks_url: \"https://k/\"\n algorithms: \"HS256\" }",
            2, "HS256 is not one of"
        ),
        (
            "issuers { issuer: \"i\" audiences: \"a\" jwks_url: \"https://k/\" }\nissuers { issuer: \"j\" audiences: \"a\" jwks_url: \"https://k/\" }",
            2, "identity_prefix of its own"
        ),
        ("projects {\n project: \"other\" }", 2, "there is no projects/other.cfg"),
        ("projects { project: \"demo\"\n realms { name: \"A\" } }", 2, "no name of a realm"),
        (
            "projects { project: \"demo\"\n realms { name: \"a\" extends: \"b\" } }", 2,
            "has no realm b"
        ),
        (
            "projects { project: \"demo\"\n realms { name: \"a\" extends: \"a\" } }", 2,
            "extends itself"
        ),
        (
            "projects { project: \"demo\" realms { name: \"a\"\n bindings { role: \"r\" } } }", 2,
            "r is not one of role"
        ),
        (
            "projects { project: \"demo\" realms { name: \"a\" bindings {\n permissions: \"logs\" } } }",
            2, "logs is not one of logdog"
        ),
        (
            "projects { project: \"demo\" realms { name: \"a\" bindings { role: \"role/logdog.reader\"\n principals: \"group:x\" } } }",
            2, "neither an identity"
        ),
        ("limits { each_stream {\n open_tails: 1 } }", 2, "counted by identity"),
        ("limits { each_identity {\n requests { per_second: 0 } } }", 2, "per_second is from 1"),
        ("limits { projects {\n name: \"other\" } }", 2, "there is no projects/other.cfg"),
    ])
    func `what is wrong with access is told with its line`(
        _ text: String, _ line: Int, _ expected: String
    ) throws {
        let services = "coordinator {}"
        let problems = try Self.problems(["services.cfg": services, "access.cfg": text])
        #expect(
            problems.contains {
                $0.hasPrefix("access.cfg:\(line): ") && $0.contains(expected)
            }, "\(problems)")
    }

    @Test func `all problems are told, not the first alone`() throws {
        let problems = try Self.problems([
            "services.cfg": "coordinator { admin_auth_group: \"x\" service_auth_group: \"y\" }",
            "projects/demo.cfg": "no_such_field: 1",
        ])
        #expect(problems.count == 3, "\(problems)")
    }

    @Test func `without services or a directory nothing is read`() throws {
        #expect(try Self.problems(["services.cfg": nil]) == ["services.cfg: it is not there"])
        #expect(throws: ConfigurationRefusal.self) {
            try ConfigurationReader.read("/no/such/directory", SystemFileSystem())
        }
    }

    @Test func `a file beyond the limit is refused`() throws {
        let long = String(repeating: "#", count: ConfigurationSources.fileLimit + 1)
        let problems = try Self.problems(["projects/demo.cfg": long])
        #expect(problems.first?.contains("exceeds") == true, "\(problems)")
    }

    @Test func `effective values are in order, with defaults, and without hashes`() throws {
        let text = EffectiveText.text(of: try Self.read())
        #expect(text == EffectiveText.text(of: try Self.read()))
        #expect(text.contains("bundle topic: projects/logs-proj/topics/logs"))
        #expect(text.contains("archival after termination: 10 s"))
        #expect(text.contains("archival after registration: 172800 s (default)"))
        #expect(text.contains("token of service:collector: ********"))
        #expect(!text.contains("abab"))
    }

    @Test func `retention is read by project, and what makes no sense is told`() throws {
        let good = """
            each_project { max_stream_age { seconds: 7776000 } }
            projects { project: "demo" retention {
              max_archive_age { seconds: 86400 } max_archive_bytes: 1000 } }
            """
        let retention = try Self.read(["retention.cfg": good]).retention
        #expect(retention.rule(for: "elsewhere").streamAge == .seconds(7_776_000))
        let demo = retention.rule(for: "demo")
        #expect(demo.streamAge == nil && demo.archiveAge == .seconds(86_400))
        #expect(demo.archiveBytes == 1000)
        #expect(try Self.read().retention == RetentionSettings())
        #expect(
            try EffectiveText.text(of: Self.read(["retention.cfg": good])).contains("1000 bytes"))
        let bad = """
            each_project { max_stream_age { seconds: 60 } max_archive_bytes: -1 }
            projects { project: "none" }
            projects { project: "demo" }
            projects { project: "demo" }
            """
        let problems = try Self.problems(["retention.cfg": bad])
        #expect(problems.count == 4, "\(problems)")
        for reason in ["an hour", "not negative", "no projects/none.cfg", "retention already"] {
            #expect(problems.contains { $0.contains(reason) }, "\(reason)")
        }
    }
}
