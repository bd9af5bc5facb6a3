/// A Swift package with a worker: a job that is defined once, its handler, the worker's program, a program that submits, and tests.
///
/// `Examples/Mailer` is this package under the name Mailer, which a test checks: what is written here is built and tested with it.
struct WorkerPackage: Sendable {
    let name: WorkerName
    let source: PackageSource

    /// The text of each file by its path in the package.
    var files: [String: String] {
        let module = name.module
        return [
            "Package.swift": manifest,
            "README.md": readme,
            ".gitignore": ".build/\n",
            "Sources/\(module)Jobs/SendEmail.swift": job,
            "Sources/\(module)Handlers/Worker+\(name.lower).swift": handler,
            "Sources/\(module)/\(module).swift": worker,
            "Sources/SendEmails/SendEmails.swift": Self.client.replacing("MailerJobs", with: "\(module)Jobs"),
            "Tests/\(module)Tests/\(module)Tests.swift": tests,
        ]
    }

    private var manifest: String {
        """
        // swift-tools-version: 6.2
        import PackageDescription

        let package = Package(
            name: "\(name.module)",
            platforms: [.macOS(.v15)],
            dependencies: [\(source.dependency)],
            targets: [
                // What a job is, for both sides.
                .target(name: "\(name.module)Jobs", dependencies: [.product(name: "QueueFlowJobs", package: "\(source.package)")]),
                // The worker, in two parts: its handlers, which tests can call, and the process.
                .target(
                    name: "\(name.module)Handlers",
                    dependencies: ["\(name.module)Jobs", .product(name: "QueueFlowWorker", package: "\(source.package)")]
                ),
                .executableTarget(name: "\(name.module)", dependencies: ["\(name.module)Handlers"]),
                // Who submits.
                .executableTarget(
                    name: "SendEmails",
                    dependencies: ["\(name.module)Jobs", .product(name: "QueueFlowClient", package: "\(source.package)")]
                ),
                .testTarget(
                    name: "\(name.module)Tests",
                    dependencies: ["\(name.module)Handlers", .product(name: "QueueFlowTesting", package: "\(source.package)")]
                ),
            ]
        )

        """
    }

    private var readme: String {
        """
        # \(name.module)

        A worker of QueueFlow and a program that submits jobs to it. Beside a stack that `queueflow up` has started:

            eval "$(queueflow env)"
            swift run \(name.module) &
            swift run SendEmails ada@example.com

        `swift test` needs no stack. `\(name.module)Jobs` says what a job is, `\(name.module)Handlers` how it is run. Both sides need librdkafka
        and nghttp2 to be built: `apt install librdkafka-dev libnghttp2-dev`.

        """
    }

    private var job: String {
        """
        public import QueueFlowJobs

        /// Sends an email.
        public struct SendEmail: Job {
            /// How workers find its handler.
            public static let type = "\(name.lower).send"
            /// What holds for it unless who submits it says otherwise.
            public static let defaults = JobOptions(queue: "mail", maxAttempts: 3, timeout: .seconds(30))

            /// To whom.
            public var to: String
            /// What is read first.
            public var subject: String

            /// An email.
            public init(to: String, subject: String) {
                self.to = to
                self.subject = subject
            }

            /// What sending it results in.
            public struct Output: Codable, Hashable, Sendable {
                /// The id under which it was sent.
                public var messageID: String

                /// It was sent.
                public init(messageID: String) {
                    self.messageID = messageID
                }
            }
        }

        """
    }

    private var handler: String {
        """
        public import \(name.module)Jobs
        public import QueueFlowWorker

        extension Worker {
            /// Registers what the worker does.
            public mutating func register\(name.module)() {
                use(LogRuns())
                handle(SendEmail.self) { email, job in
                    guard email.to.contains("@") else { throw JobFailure.discard("'\\(email.to)' is no address") }
                    // Here an email is sent, under an id that is the same in every attempt.
                    return SendEmail.Output(messageID: "<\\(job.id)@example.com>")
                }
            }
        }

        """
    }

    private var worker: String {
        """
        import \(name.module)Handlers
        import QueueFlowWorker

        @main
        struct \(name.module) {
            static func main() async {
                await Worker.main { worker in
                    worker.register\(name.module)()
                }
            }
        }

        """
    }

    private static let client = """
        import MailerJobs
        import QueueFlowClient

        /// Sends an email to each address that it is given, and waits until all are sent.
        @main
        struct SendEmails {
            static func main() async throws {
                try await withQueueFlowClient { client in
                    for address in CommandLine.arguments.dropFirst() {
                        let job = try await client.submit(SendEmail(to: address, subject: "Hello"))
                        print(address, try await job.output(within: .seconds(30)).messageID)
                    }
                }
            }
        }

        """

    private var tests: String {
        """
        import \(name.module)Handlers
        import \(name.module)Jobs
        import QueueFlowTesting
        import Testing

        @Suite struct \(name.module)Tests {
            private let worker: Worker

            init() {
                var worker = Worker.forTesting()
                worker.register\(name.module)()
                self.worker = worker
            }

            @Test func anEmailIsSentUnderTheJobsID() async throws {
                let attempt = TestAttempt()
                let outcome = try await worker.perform(SendEmail(to: "ada@example.com", subject: "Hello"), attempt)
                #expect(
                    outcome == .completed(SendEmail.Output(messageID: "<\\(attempt.id.uuidString.lowercased())@example.com>"))
                )
            }

            @Test func whatIsNoAddressIsNotTriedAgain() async throws {
                let outcome = try await worker.perform(SendEmail(to: "ada", subject: "Hello"))
                #expect(outcome == .discarded(reason: "'ada' is no address"))
            }

            /// From the client to the result, in memory.
            @Test func anEmailThatIsSubmittedIsSent() async throws {
                let queueflow = InMemoryQueueFlow()
                try await queueflow.start { $0.register\(name.module)() }
                let email = try await queueflow.client.submit(SendEmail(to: "ada@example.com", subject: "Hello"))
                let nonsense = try await queueflow.client.submit(SendEmail(to: "ada", subject: "Hello"))
                #expect(await queueflow.drain().map(\\.id) == [email.id, nonsense.id])
                #expect(try await email.output().messageID == "<\\(email.id)@example.com>")
                #expect(try await nonsense.job().reason == "discarded")
            }
        }

        """
    }
}

/// What a new worker is called.
struct WorkerName: Sendable, Hashable {
    /// The name of its module: `MailSender`.
    let module: String
    /// The same in small letters, as types of jobs are: `mailsender`.
    var lower: String { module.lowercased() }

    /// Names of modules and types that the package uses or that Swift knows, and those of QueueFlow's own modules and of theirs.
    private static let taken: Set = [
        "Any", "AsyncHTTPClient", "Benchmarks", "Chaos", "Concurrency", "Configuration", "Crypto", "DevBroker",
        "Formats",
        "Foundation", "GRPC", "Gzip", "Job", "JobCore", "JobService", "JobStore", "Kafka", "LocalServers", "Logging",
        "Metrics", "OTLP", "Platform", "Postgres", "Protocol", "Redis", "Scheduler", "Self", "SendEmail", "SendEmails",
        "Swift",
        "Telemetry", "Testing", "Tracing", "Type", "Worker",
    ]

    /// Makes a module's name of what somebody wrote: the words of `mail-sender`, each with a capital letter.
    ///
    /// - Throws: ``NewWorkerError`` when there is none in it, and when something else is called so.
    init(_ text: String) throws(NewWorkerError) {
        let words = text.split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
        let module = words.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
        guard let first = module.first, first.isLetter, module.utf8.count <= 64 else { throw .noName(text) }
        guard !Self.taken.contains(module), !module.hasPrefix("QueueFlow"), !module.hasPrefix("NIO") else {
            throw .taken(module)
        }
        self.module = module
    }
}

/// What keeps a worker from being made.
enum NewWorkerError: Error, Hashable, CustomStringConvertible {
    case noName(String)
    case taken(String)
    case notEmpty(String)
    case noCheckout(String)
    case noSource

    var description: String {
        switch self {
        case .noName(let text):
            "no module can be called after '\(text)'; expected a name of up to 64 letters and digits that begins with a letter"
        case .taken(let name):
            "a module '\(name)' could not be told from what Swift or QueueFlow call so; choose another name"
        case .notEmpty(let path):
            "\(path) is there and not empty; choose another name, or remove it"
        case .noCheckout(let path):
            "there is no QueueFlow in \(path); --path takes a directory with its Package.swift"
        case .noSource:
            "it is not known where QueueFlow is to come from, as this queueflow was moved from where it was built; "
                + "give --path DIRECTORY of a checkout, or --url and --revision of its repository"
        }
    }
}
