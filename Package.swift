// swift-tools-version: 6.2
import PackageDescription

/// Swift 6 language mode, and no warning goes unseen.
let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

extension Target {
    /// A C library of the system, wrapped by a module map and one header.
    static func system(_ name: String, pkgConfig: String, apt: String, brew: String) -> Target {
        .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([apt]), .brew([brew])])
    }

    static func library(
        _ name: String,
        _ dependencies: [Dependency],
        folder: String? = nil,
        exclude: [String] = [],
        plugins: [PluginUsage] = []
    ) -> Target {
        .target(
            name: name,
            dependencies: dependencies,
            path: folder.map { "Sources/\($0)" },
            exclude: exclude,
            swiftSettings: strict,
            plugins: plugins
        )
    }

    static func executable(
        _ name: String,
        _ dependencies: [Dependency],
        folder: String? = nil,
        linkerSettings: [LinkerSetting] = [],
        plugins: [PluginUsage] = []
    ) -> Target {
        .executableTarget(
            name: name,
            dependencies: dependencies,
            path: folder.map { "Sources/\($0)" },
            swiftSettings: strict,
            linkerSettings: linkerSettings,
            plugins: plugins
        )
    }

    static func tests(_ name: String, _ dependencies: [Dependency], exclude: [String] = []) -> Target {
        .testTarget(name: "\(name)Tests", dependencies: dependencies, exclude: exclude, swiftSettings: strict)
    }
}

extension Target.Dependency {
    static let argumentParser: Self = .product(name: "ArgumentParser", package: "swift-argument-parser")
    static let asyncHTTPClient: Self = .product(name: "AsyncHTTPClient", package: "async-http-client")
    static let configuration: Self = .product(name: "Configuration", package: "swift-configuration")
    static let crypto: Self = .product(name: "Crypto", package: "swift-crypto")
    static let cryptoExtras: Self = .product(name: "CryptoExtras", package: "swift-crypto")
    static let deque: Self = .product(name: "DequeModule", package: "swift-collections")
    static let httpTypes: Self = .product(name: "HTTPTypes", package: "swift-http-types")
    static let hummingbird: Self = .product(name: "Hummingbird", package: "hummingbird")
    static let hummingbirdTesting: Self = .product(name: "HummingbirdTesting", package: "hummingbird")
    static let inMemoryTracing: Self = .product(name: "InMemoryTracing", package: "swift-distributed-tracing")
    static let jwtKit: Self = .product(name: "JWTKit", package: "jwt-kit")
    static let instrumentation: Self = .product(name: "Instrumentation", package: "swift-distributed-tracing")
    static let lifecycle: Self = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
    static let logging: Self = .product(name: "Logging", package: "swift-log")
    static let metrics: Self = .product(name: "Metrics", package: "swift-metrics")
    static let coreMetrics: Self = .product(name: "CoreMetrics", package: "swift-metrics")
    static let nioConcurrency: Self = .product(name: "NIOConcurrencyHelpers", package: "swift-nio")
    static let nioCore: Self = .product(name: "NIOCore", package: "swift-nio")
    static let nioEmbedded: Self = .product(name: "NIOEmbedded", package: "swift-nio")
    static let nioHTTP1: Self = .product(name: "NIOHTTP1", package: "swift-nio")
    static let nioHTTPTypes: Self = .product(name: "NIOHTTPTypes", package: "swift-nio-extras")
    static let nioPosix: Self = .product(name: "NIOPosix", package: "swift-nio")
    static let nioTLS: Self = .product(name: "NIOTLS", package: "swift-nio")
    static let orderedCollections: Self = .product(name: "OrderedCollections", package: "swift-collections")
    static let nioSSL: Self = .product(name: "NIOSSL", package: "swift-nio-ssl")
    static let protobuf: Self = .product(name: "SwiftProtobuf", package: "swift-protobuf")
    static let serviceContext: Self = .product(name: "ServiceContextModule", package: "swift-service-context")
    static let subprocess: Self = .product(name: "Subprocess", package: "swift-subprocess")
    static let unixSignals: Self = .product(name: "UnixSignals", package: "swift-service-lifecycle")
    static let tracing: Self = .product(name: "Tracing", package: "swift-distributed-tracing")
}

let package = Package(
    name: "QueueFlow",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "job-service", targets: ["JobService"]),
        .executable(name: "worker", targets: ["Worker"]),
        .executable(name: "scheduler", targets: ["Scheduler"]),
        .executable(name: "queueflow", targets: ["QueueFlowCLI"]),
        .executable(name: "dev-broker", targets: ["DevBroker"]),
        .executable(name: "chaos", targets: ["Chaos"]),
        .library(name: "QueueFlowWorker", targets: ["QueueFlowWorker"]),
        .library(name: "QueueFlowTesting", targets: ["QueueFlowTesting"]),
        .library(name: "QueueFlowJobs", targets: ["QueueFlowJobs"]),
        .library(name: "QueueFlowClient", targets: ["QueueFlowClient"]),
        .library(name: "QueueFlowEncryption", targets: ["QueueFlowEncryption"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", .upToNextMinor(from: "1.8.2")),
        .package(url: "https://github.com/apple/swift-collections", .upToNextMinor(from: "1.6.0")),
        .package(url: "https://github.com/apple/swift-configuration", .upToNextMinor(from: "1.4.0")),
        .package(url: "https://github.com/apple/swift-crypto", .upToNextMinor(from: "4.5.2")),
        .package(url: "https://github.com/apple/swift-distributed-tracing", .upToNextMinor(from: "1.7.3")),
        .package(url: "https://github.com/apple/swift-http-types", .upToNextMinor(from: "1.8.0")),
        .package(url: "https://github.com/apple/swift-log", .upToNextMinor(from: "1.16.2")),
        .package(url: "https://github.com/apple/swift-metrics", .upToNextMinor(from: "2.13.0")),
        .package(url: "https://github.com/apple/swift-nio", .upToNextMinor(from: "2.101.2")),
        .package(url: "https://github.com/apple/swift-nio-extras", .upToNextMinor(from: "1.35.2")),
        .package(url: "https://github.com/apple/swift-nio-ssl", .upToNextMinor(from: "2.37.6")),
        .package(url: "https://github.com/apple/swift-protobuf", .upToNextMinor(from: "1.39.0")),
        .package(url: "https://github.com/apple/swift-service-context", .upToNextMinor(from: "1.5.1")),
        .package(url: "https://github.com/hummingbird-project/hummingbird", .upToNextMinor(from: "2.28.1")),
        .package(url: "https://github.com/swift-server/async-http-client", .upToNextMinor(from: "1.37.0")),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", .upToNextMinor(from: "2.13.0")),
        .package(url: "https://github.com/swiftlang/swift-subprocess", .upToNextMinor(from: "1.0.2")),
        .package(url: "https://github.com/vapor/jwt-kit", .upToNextMinor(from: "5.7.1")),
    ],
    targets: [
        // C libraries.
        .system("CRDKafka", pkgConfig: "rdkafka", apt: "librdkafka-dev", brew: "librdkafka"),
        .system("CLibPQ", pkgConfig: "libpq", apt: "libpq-dev", brew: "libpq"),
        .system("CHiredis", pkgConfig: "hiredis", apt: "libhiredis-dev", brew: "hiredis"),
        .system("CNghttp2", pkgConfig: "libnghttp2", apt: "libnghttp2-dev", brew: "libnghttp2"),
        .system("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev", brew: "zlib"),

        // Guards the commands that jobs run.
        .target(name: "CProcessGuard", path: "Sources/CProcessGuard"),

        // SQL, pages and the API's description lie among the sources of whom they belong to.
        .executable("EmbedResourcesTool", [], folder: "EmbedResources/Tool"),
        .plugin(
            name: "EmbedResources",
            capability: .buildTool(),
            dependencies: ["EmbedResourcesTool"],
            path: "Sources/EmbedResources/Plugin"
        ),

        // What tasks and threads wait with.
        .library("Concurrency", []),

        // Wrappers of the C libraries, which know nothing of jobs.
        .library("Kafka", ["CRDKafka", "Concurrency", .deque, .logging]),
        .library("Postgres", ["CLibPQ", "Concurrency", .crypto, .deque, .lifecycle, .logging]),
        .library("Redis", ["CHiredis", "Concurrency", .crypto, .deque, .lifecycle, .logging]),
        .library("Gzip", ["CZlib", .nioCore]),
        .library(
            "GRPC",
            [
                "CNghttp2", "Concurrency", "Gzip", .deque, .instrumentation, .lifecycle, .logging, .metrics, .nioCore,
                .nioPosix,
                .nioSSL,
                .nioTLS, .orderedCollections, .protobuf, .serviceContext, .tracing,
            ],
            exclude: ["Protos"]
        ),
        .library(
            "Telemetry",
            ["Formats", .coreMetrics, .httpTypes, .hummingbird, .lifecycle, .logging, .nioCore, .tracing]
        ),

        // What becomes of spans.
        .library(
            "OTLP",
            ["Concurrency", "GRPC", "Telemetry", .lifecycle, .logging, .metrics, .protobuf, .tracing],
            exclude: ["Protos"]
        ),

        // The domain.
        .library("Formats", []),
        .library("JobCore", ["Concurrency", "Formats", .protobuf], exclude: ["Protocol/Protos"]),

        // What the processes share.
        .library(
            "Platform",
            [
                "Concurrency", "GRPC", "JobCore", "Kafka", "OTLP", "Telemetry", .configuration, .lifecycle, .logging,
                .metrics,
                .protobuf, .tracing,
                .unixSignals,
            ]
        ),
        .library(
            "JobStore",
            [
                "Concurrency", "Formats", "JobCore", "Platform", "Postgres", "Telemetry", .crypto, .cryptoExtras,
                .logging,
                .metrics,
            ],
            plugins: ["EmbedResources"]
        ),
        .library(
            "QueueFlowWorker",
            [
                "Concurrency", "Formats", "GRPC", "JobCore", "Kafka", "Platform", "QueueFlowJobs", "Telemetry", .deque,
                .instrumentation, .lifecycle, .logging, .metrics, .nioConcurrency, .protobuf, .serviceContext, .tracing,
                .unixSignals,
            ],
            folder: "WorkerKit"
        ),

        .library(
            "QueueFlowTesting",
            ["Concurrency", "Formats", "JobCore", "QueueFlowClient", "QueueFlowWorker", .deque, .logging, .nioHTTP1]
        ),

        // What is said of requests over HTTP that were not answered.
        .library("HTTPFailures", [.asyncHTTPClient, .nioCore, .nioPosix]),

        // What is shared by who submits jobs and who handles them, and the client.
        .library("QueueFlowJobs", ["Concurrency", "Formats"]),
        .library(
            "QueueFlowClient",
            [
                "Concurrency", "Formats", "HTTPFailures", "QueueFlowJobs", .asyncHTTPClient, .logging, .nioCore,
                .nioHTTP1, .nioPosix,
            ]
        ),

        .library("QueueFlowEncryption", ["QueueFlowJobs", .crypto]),

        // The processes.
        .executable(
            "JobService",
            [
                "Concurrency", "Gzip", "Formats", "GRPC", "JobCore", "JobStore", "Kafka", "Platform", "Postgres",
                "Redis",
                "Telemetry", .crypto, .deque, .httpTypes, .hummingbird, .jwtKit, .lifecycle, .logging, .metrics,
                .nioCore, .nioHTTP1, .nioHTTPTypes, .protobuf, .serviceContext, .tracing,
            ],
            plugins: ["EmbedResources"]
        ),
        .executable(
            "Worker",
            [
                "CProcessGuard", "Concurrency", "Formats", "GRPC", "HTTPFailures", "JobCore", "Platform",
                "QueueFlowWorker",
                "Telemetry",
                .asyncHTTPClient, .crypto,
                .lifecycle, .logging,
                .nioCore, .nioHTTP1, .nioPosix, .subprocess,
            ]
        ),
        .executable(
            "Scheduler",
            [
                "Concurrency", "Formats", "GRPC", "JobCore", "JobStore", "Kafka", "Platform", "Postgres", "Telemetry",
                .lifecycle,
                .logging, .metrics,
            ]
        ),
        .library("LocalServers", ["Concurrency", .subprocess]),
        .executable(
            "QueueFlowCLI",
            [
                "Concurrency", "Formats", "HTTPFailures", "JobCore", "LocalServers", .argumentParser, .asyncHTTPClient,
                .nioCore, .nioHTTP1,
            ]
        ),
        // librdkafka must find this program's `bind` before the C library's.
        .executable(
            "DevBroker",
            ["Kafka", .argumentParser, .logging],
            linkerSettings: [.unsafeFlags(["-Xlinker", "--export-dynamic-symbol=bind"])]
        ),
        .executable(
            "Chaos",
            [
                "Formats", "JobCore", "JobStore", "LocalServers", "Platform", "Postgres", "QueueFlowWorker",
                "Telemetry", .argumentParser, .asyncHTTPClient, .lifecycle, .nioCore, .nioHTTP1, .nioPosix,
            ]
        ),

        // The tests.
        .target(
            name: "TestSupport",
            dependencies: ["JobCore", "LocalServers", .nioCore, .nioHTTP1, .nioPosix],
            path: "Tests/TestSupport",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "LeashFixture",
            dependencies: ["LocalServers"],
            path: "Tests/LeashFixture",
            swiftSettings: strict
        ),
        .tests("Concurrency", ["Concurrency", "TestSupport"]),
        .tests("Kafka", ["Concurrency", "Kafka", .logging]),
        .tests("DevBroker", ["DevBroker", "Kafka", .logging]),
        .tests("Postgres", ["LocalServers", "Postgres", "TestSupport", .lifecycle, .logging]),
        .tests("Redis", ["LocalServers", "Redis", "TestSupport", .lifecycle, .logging]),
        .tests("Gzip", ["Gzip", "TestSupport", .nioCore]),
        .tests(
            "GRPC",
            [
                "CNghttp2", "CZlib", "Concurrency", "GRPC", "TestSupport", .coreMetrics, .deque, .lifecycle, .logging,
                .metrics,
                .nioCore, .nioPosix, .protobuf,
            ],
            exclude: ["Protos"]
        ),
        .tests("Telemetry", ["Telemetry", "TestSupport", .coreMetrics, .lifecycle, .logging, .tracing]),
        .tests(
            "OTLP",
            ["GRPC", "OTLP", "Telemetry", "TestSupport", .coreMetrics, .lifecycle, .logging, .protobuf, .tracing]
        ),
        .tests("Formats", ["Formats", "TestSupport"]),
        .tests("JobCore", ["Formats", "JobCore", "TestSupport"]),
        .tests(
            "Platform",
            [
                "Concurrency", "JobCore", "JobService", "Kafka", "OTLP", "Platform", "QueueFlowWorker", "Scheduler",
                "Telemetry", "TestSupport",
                .configuration, .metrics, .nioHTTP1, .protobuf,
            ]
        ),
        .tests(
            "JobStore",
            ["Formats", "JobCore", "JobStore", "Platform", "Postgres", "TestSupport", .logging, .metrics]
        ),
        .tests(
            "WorkerKit",
            [
                "Concurrency", "Formats", "GRPC", "JobCore", "Kafka", "OTLP", "Platform", "QueueFlowWorker",
                "Telemetry",
                "TestSupport", .inMemoryTracing,
                .lifecycle,
                .logging, .protobuf, .tracing,
            ]
        ),
        .tests("QueueFlowTesting", ["QueueFlowClient", "QueueFlowTesting"]),
        .tests(
            "JobService",
            [
                "Concurrency", "Formats", "GRPC", "JobCore", "JobService", "JobStore", "Kafka", "LocalServers",
                "Platform",
                "Postgres", "Redis", "Telemetry", "TestSupport", .configuration, .crypto, .httpTypes, .hummingbird,
                .hummingbirdTesting, .lifecycle,
                .logging, .nioCore, .nioEmbedded, .nioHTTPTypes, .nioPosix, .protobuf,
            ]
        ),
        .tests(
            "Worker",
            [
                "Concurrency", "Formats", "JobCore", "Platform", "QueueFlowWorker", "TestSupport", "Worker", .logging,
                .nioCore,
                .nioHTTP1, .nioPosix,
            ]
        ),
        .tests(
            "Scheduler",
            [
                "JobCore", "JobStore", "Kafka", "Platform", "Postgres", "Scheduler", "Telemetry", "TestSupport",
                .configuration, .logging,
            ]
        ),
        .tests("LocalServers", ["LeashFixture", "LocalServers", "TestSupport"]),
        .tests(
            "QueueFlowCLI",
            [
                "JobCore", "LocalServers", "QueueFlowCLI", "TestSupport", .argumentParser, .asyncHTTPClient, .nioCore,
                .nioHTTP1, .nioPosix, .nioSSL,
            ],
            exclude: ["StandIns"]
        ),
        .tests(
            "Chaos",
            ["Chaos", "DevBroker", "JobService", "Postgres", "Scheduler", .nioCore, .nioPosix]
        ),
        .tests("Package", ["TestSupport", .subprocess]),
        .tests("QueueFlowJobs", ["QueueFlowJobs"]),
        .tests("QueueFlowEncryption", ["QueueFlowEncryption", "QueueFlowTesting", .crypto]),
        .tests(
            "QueueFlowClient",
            [
                "QueueFlowClient", "QueueFlowJobs", "TestSupport", .logging, .nioHTTP1,
            ]
        ),
        .tests(
            "EndToEnd",
            [
                "DevBroker", "JobCore", "JobService", "Kafka", "LocalServers", "Postgres", "QueueFlowClient",
                "QueueFlowJobs", "QueueFlowTesting", "QueueFlowWorker", "Scheduler", "TestSupport", "Worker",
                .asyncHTTPClient, .lifecycle, .logging, .nioCore, .nioHTTP1, .protobuf,
            ]
        ),
    ]
)
