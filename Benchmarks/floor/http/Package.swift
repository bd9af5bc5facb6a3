// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that the product does not build it.
let package = Package(
    name: "floor-http",
    platforms: [.macOS(.v15)],
    dependencies: [.package(url: "https://github.com/hummingbird-project/hummingbird", .upToNextMinor(from: "2.28.1"))],
    targets: [
        .executableTarget(
            name: "floor-http",
            dependencies: [.product(name: "Hummingbird", package: "hummingbird")],
            path: ".",
            sources: ["FloorHTTP.swift"],
            swiftSettings: [
                .treatAllWarnings(as: .error),
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("MemberImportVisibility"),
                .enableUpcomingFeature("InternalImportsByDefault"),
            ]
        )
    ]
)
