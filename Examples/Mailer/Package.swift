// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "Mailer",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "QueueFlow", path: "../..")],
    targets: [
        // What a job is, for both sides.
        .target(name: "MailerJobs", dependencies: [.product(name: "QueueFlowJobs", package: "QueueFlow")]),
        // The worker, in two parts: its handlers, which tests can call, and the process.
        .target(
            name: "MailerHandlers",
            dependencies: ["MailerJobs", .product(name: "QueueFlowWorker", package: "QueueFlow")]
        ),
        .executableTarget(name: "Mailer", dependencies: ["MailerHandlers"]),
        // Who submits.
        .executableTarget(
            name: "SendEmails",
            dependencies: ["MailerJobs", .product(name: "QueueFlowClient", package: "QueueFlow")]
        ),
        .testTarget(
            name: "MailerTests",
            dependencies: ["MailerHandlers", .product(name: "QueueFlowTesting", package: "QueueFlow")]
        ),
    ]
)
