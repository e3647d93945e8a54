// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release)),
]

func module(
    _ name: String, _ dependencies: [Target.Dependency] = [], path: String? = nil,
    exclude: [String] = [], resources: [Resource] = []
) -> Target {
    .target(
        name: name, dependencies: dependencies, path: path, exclude: exclude,
        resources: resources, swiftSettings: strict)
}

func program(
    _ name: String, _ dependencies: [Target.Dependency], path: String? = nil,
    exclude: [String] = []
) -> Target {
    .executableTarget(
        name: name, dependencies: dependencies, path: path, exclude: exclude,
        swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.byName(name: name), "TestSupport"] + dependencies,
        swiftSettings: strict)
}

let collections = Target.Dependency.product(name: "Collections", package: "swift-collections")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let jwt = Target.Dependency.product(name: "JWTKit", package: "jwt-kit")
let asyncHTTPClient = Target.Dependency.product(
    name: "AsyncHTTPClient", package: "async-http-client")
let metrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let nio = [
    Target.Dependency.product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
    .product(name: "NIOHTTP1", package: "swift-nio"),
]
let embedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let arguments = Target.Dependency.product(
    name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "logdog",
    products: [
        .executable(name: "logdog", targets: ["logdog"]),
        .library(name: "Journal", targets: ["Journal"]),
        .library(name: "Tumble", targets: ["Tumble"]),
        .library(name: "Platform", targets: ["Platform"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: [
        // Floor 0: bytes, messages, doors.
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        module("ByteCoding", ["CZlib"]),
        module("LogDogProtos", [protobuf], exclude: ["Schema", "README.md"]),
        .systemLibrary(name: "CLinux"),
        module("Platform", ["CLinux"]),
        module("RPCStatus"),

        // Floor 1: the journal, LogDog's words, sockets.
        module("Journal", ["ByteCoding", "Platform"]),
        module("LogDogModel", ["LogDogProtos", "ByteCoding", "Platform", crypto, protobuf]),
        module("PRPCServer", ["ByteCoding", "Platform", "RPCStatus", protobuf] + nio),

        // Floor 2: processing, bundles.
        module("Tumble", ["Journal", "ByteCoding", "Platform", collections]),
        module(
            "ServiceConfiguration", ["LogDogModel", "LogDogProtos", "Platform", crypto, protobuf]),
        module(
            "ButlerProtocol", ["LogDogModel", "LogDogProtos", "ByteCoding", "Platform", protobuf]),

        module(
            "StreamArchive", ["LogDogModel", "ByteCoding", "Platform", crypto]),

        // Floor 3: rules, clients, who may do what.
        module("Coordinator", ["Tumble", "Journal", "LogDogModel", "ByteCoding", "Platform"]),
        module(
            "LogDogClient",
            [
                "ButlerProtocol", "LogDogModel", "LogDogProtos", "ByteCoding", "Platform",
                "RPCStatus", protobuf,
            ] + nio),
        module(
            "AccessControl",
            ["ServiceConfiguration", "LogDogModel", "RPCStatus", "Platform", crypto, jwt]),

        module("S3Store", ["StreamArchive", "Platform", asyncHTTPClient, crypto] + nio),

        // Floor 4: what readers see.
        module(
            "ReadModels",
            [
                "StreamArchive", "Coordinator", "Tumble", "Journal", "LogDogModel", "ByteCoding",
                "Platform",
                collections, grdb,
            ]),

        // Floor 5: services, inspection.
        module(
            "LogDogServices",
            [
                "ReadModels", "StreamArchive", "Coordinator", "Tumble", "Journal", "AccessControl",
                "ServiceConfiguration", "ButlerProtocol", "LogDogModel", "LogDogProtos",
                "ByteCoding", "Platform",
                "RPCStatus", crypto, protobuf,
            ]),
        module(
            "JournalInspection",
            [
                "Journal", "Tumble", "Coordinator", "ReadModels", "LogDogModel", "ByteCoding",
                "Platform",
            ]),

        module(
            "Archivist",
            [
                "ReadModels", "Coordinator", "Tumble", "Journal", "StreamArchive", "S3Store",
                "LogDogClient", "LogDogModel", "LogDogProtos", "ByteCoding", "Platform",
                "RPCStatus", protobuf,
            ]),

        // Floor 6: wiring; mending journals.
        module(
            "JournalRepair",
            [
                "JournalInspection", "Journal", "Coordinator", "StreamArchive", "ByteCoding",
                "Platform", crypto,
            ]),
        module(
            "LogDogServer",
            [
                "LogDogServices", "Archivist", "StreamArchive", "AccessControl",
                "ServiceConfiguration", "PRPCServer", "ReadModels", "Coordinator", "Tumble",
                "Journal", "ButlerProtocol", "LogDogModel",
                "LogDogProtos",
                "ByteCoding", "Platform", "RPCStatus", crypto, logging, metrics,
                asyncHTTPClient, protobuf,
            ] + nio,
            // Pages are part of the program: it needs no other file to run.
            resources: [
                "Explorer/explorer.html", "Explorer/explorer.css", "Explorer/explorer.js",
                "Viewer/viewer.css", "Viewer/viewer.js",
            ].map { .embedInCode($0) }),

        // Floor 7: programs.
        program(
            "logdog",
            [
                "LogDogServer", "LogDogServices", "Archivist", "LogDogClient",
                "JournalInspection", "JournalRepair", "ReadModels", "LogDogModel", "S3Store",
                "StreamArchive", "AccessControl", "ServiceConfiguration", "PRPCServer",
                "Coordinator", "Journal",
                "Platform", "ByteCoding",
                arguments,
                logging,
                "LogDogProtos", protobuf,
            ]),
        program(
            "logdog-simulate",
            [
                "TestSupport", "ReadModels", "Coordinator", "Tumble", "Journal", "LogDogModel",
                "LogDogProtos", "ByteCoding", "Platform", arguments, protobuf,
            ], path: "Tests/Simulation"),
        program(
            "logdog-ledger", ["TestSupport", "LogDogProtos", "Platform", arguments, protobuf],
            path: "Tests/Kernel", exclude: ["Scripts"]),
        program(
            "logdog-fuzz",
            [
                "TestSupport", "PRPCServer", "LogDogClient", "StreamArchive", "ButlerProtocol",
                "ServiceConfiguration", "Journal", "LogDogModel", "LogDogProtos", "ByteCoding",
                "Platform", protobuf, embedded,
            ], path: "Tests/Fuzzing", exclude: ["Scripts", "Corpus"]),
        program(
            "logdog-bench",
            [
                "LogDogServer", "LogDogServices", "Archivist", "StreamArchive", "LogDogClient",
                "AccessControl", "ServiceConfiguration", "JournalInspection", "ReadModels",
                "Coordinator", "Tumble",
                "Journal", "LogDogModel", "LogDogProtos", "ButlerProtocol", "ByteCoding", "CZlib",
                "CLinux", "Platform",
                "PRPCServer", arguments, grdb, logging, protobuf,
            ], path: "Benchmarks/logdog-bench"),

        // Tests.
        module(
            "TestSupport",
            ["StreamArchive", "Platform", "ByteCoding", "LogDogProtos", crypto, protobuf],
            path: "Tests/TestSupport"),
        tests("ByteCoding", []),
        tests("Platform", []),
        tests("LogDogProtos", [protobuf]),
        tests("Journal", ["ByteCoding", "Platform"]),
        tests("LogDogModel", ["LogDogProtos", "ByteCoding", "Platform", protobuf]),
        tests("PRPCServer", ["ByteCoding", "Platform", "RPCStatus", protobuf] + nio),
        tests("ServiceConfiguration", ["Platform"]),
        tests(
            "AccessControl",
            ["ServiceConfiguration", "LogDogModel", "RPCStatus", "Platform", crypto]),
        tests("Tumble", ["Journal", "ByteCoding", "Platform"]),
        tests(
            "ButlerProtocol",
            ["LogDogModel", "LogDogProtos", "ByteCoding", "Platform", crypto, protobuf]),
        tests(
            "StreamArchive",
            ["LogDogModel", "LogDogProtos", "ByteCoding", "Platform", protobuf, crypto]),
        tests("S3Store", ["StreamArchive", "Platform", asyncHTTPClient]),
        tests(
            "Coordinator",
            [
                "Tumble", "Journal", "LogDogModel", "LogDogProtos", "ByteCoding", "Platform",
                protobuf,
            ]),
        tests(
            "LogDogClient",
            [
                "ButlerProtocol", "LogDogModel", "LogDogProtos", "ByteCoding", "Platform",
                "RPCStatus",
            ]
                + nio),
        tests(
            "ReadModels",
            ["Coordinator", "Tumble", "Journal", "LogDogModel", "ByteCoding", "Platform", grdb]),
        tests(
            "Archivist",
            [
                "ReadModels", "Coordinator", "Tumble", "Journal", "StreamArchive", "LogDogModel",
                "LogDogProtos", "ByteCoding", "Platform", protobuf,
            ]),
        tests(
            "JournalInspection",
            [
                "ReadModels", "Journal", "Tumble", "Coordinator", "LogDogModel", "ByteCoding",
                "Platform",
            ]),
        tests(
            "JournalRepair",
            [
                "JournalInspection", "ReadModels", "Journal", "Tumble", "Coordinator",
                "StreamArchive", "S3Store", "LogDogModel", "ByteCoding", "Platform",
            ]),
        tests(
            "LogDogServer",
            [
                "LogDogServices", "LogDogClient", "AccessControl", "ServiceConfiguration",
                "PRPCServer", "ReadModels", "Coordinator", "Tumble", "Journal", "ButlerProtocol",
                "LogDogModel", "LogDogProtos", "ByteCoding", "Platform", "RPCStatus", protobuf,
                crypto, logging, grdb,
            ] + nio),
        .testTarget(
            name: "ProgramTests",
            dependencies: [
                "logdog", "LogDogProtos", "ByteCoding", "Platform", "TestSupport", protobuf,
            ], swiftSettings: strict),
        .testTarget(
            name: "SimulationTests", dependencies: ["logdog-simulate"], swiftSettings: strict),
        .testTarget(name: "TidyTests", dependencies: ["TestSupport"], swiftSettings: strict),
    ]
)
