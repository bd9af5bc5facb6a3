import Foundation
import LocalServers
import Testing

@testable import QueueFlowCLI

/// What one `queueflow up` leaves for the next.
@Suite(.timeLimit(.minutes(1))) struct UpAgainTests {
    @Test func whatWasGivenOnceHoldsUntilItIsForgotten() async throws {
        try await withStack { stack in
            let first = try await stack.queueflow("up", "--no-first-job", with: ["WORKER_QUEUES": "mail"])
            #expect(first.status == 0, "\(first.output)")
            #expect(!first.output.contains("Kept from"))
            #expect(try stack.environment(of: .worker)["WORKER_QUEUES"] == "mail")
            let (worker, jobService) = (stack.process(.worker), stack.process(.jobService))

            let plain = try await stack.queueflow("up", "--no-first-job")
            #expect(plain.status == 0, "\(plain.output)")
            #expect(plain.output.contains("Kept from an earlier `up`: WORKER_QUEUES. Forget one with NAME="))
            #expect(!plain.output.contains("starting"))
            #expect(stack.process(.worker) == worker)

            let without = try await stack.queueflow("up", "--no-first-job", with: ["WORKER_QUEUES": ""])
            #expect(without.output.contains("worker       stopping: WORKER_QUEUES changed"))
            #expect(try stack.environment(of: .worker)["WORKER_QUEUES"] == nil)
            #expect(stack.process(.jobService) == jobService, "what does not read the setting is left alone")

            _ = try await stack.queueflow("up", "--no-first-job", with: ["WORKER_QUEUES": "mail"])
            let down = try await stack.queueflow("down")
            #expect(down.status == 0, "\(down.output)")
            let again = try await stack.queueflow("up", "--no-first-job")
            #expect(again.status == 0, "\(again.output)")
            #expect(try stack.environment(of: .worker)["WORKER_QUEUES"] == "mail")

            let reset = try await stack.queueflow("up", "--no-first-job", "--reset-settings")
            #expect(!reset.output.contains("Kept from"))
            #expect(try stack.environment(of: .worker)["WORKER_QUEUES"] == nil)
        }
    }

    /// Whoever does not say again that jobs may run programs does not mean it.
    @Test func thePermissionToRunProgramsIsNeverKept() async throws {
        try await withStack { stack in
            let allowed = try await stack.queueflow("up", "--no-first-job", with: ["EXEC_ALLOW": "/bin/date"])
            #expect(allowed.status == 0, "\(allowed.output)")
            #expect(try stack.environment(of: .worker)["EXEC_ALLOW"] == "/bin/date")
            let worker = try #require(stack.process(.worker))
            let more = try await stack.queueflow("up", "--no-first-job", with: ["EXEC_ALLOW": "/bin/date,/bin/cat"])
            #expect(more.output.contains("worker       stopping: EXEC_ALLOW changed"), "\(more.output)")
            #expect(try stack.environment(of: .worker)["EXEC_ALLOW"] == "/bin/date,/bin/cat")

            let plain = try await stack.queueflow("up", "--no-first-job")
            #expect(plain.status == 0, "\(plain.output)")
            #expect(plain.output.contains("worker       EXEC_ALLOW is taken away: it is never kept"))
            #expect(try stack.environment(of: .worker)["EXEC_ALLOW"] == nil)
            #expect(!worker.isAlive)
            #expect(!(try String(contentsOf: stack.kept.settings, encoding: .utf8)).contains("EXEC_ALLOW"))
            let quiet = try await stack.queueflow("up", "--no-first-job")
            #expect(!quiet.output.contains("EXEC_ALLOW"))

            // Nor is it given, or lost in silence, when everything is started again.
            _ = try await stack.queueflow("up", "--no-first-job", with: ["EXEC_ALLOW": "/bin/date"])
            _ = try await stack.queueflow("down")
            let again = try await stack.queueflow("up", "--no-first-job")
            #expect(again.output.contains("worker       EXEC_ALLOW is taken away"), "\(again.output)")
            #expect(try stack.environment(of: .worker)["EXEC_ALLOW"] == nil)
        }
    }

    @Test func aStackWithoutAWorkerOfItsOwnSaysWhatRunsJobs() async throws {
        try await withStack { stack in
            #expect(try await stack.queueflow("up", "--no-first-job").status == 0)
            let worker = try #require(stack.process(.worker))
            let without = try await stack.queueflow("up", "--no-worker")
            #expect(without.status == 0, "\(without.output)")
            #expect(without.output.contains("worker       stopping: this stack has none of its own (--no-worker)"))
            #expect(!worker.isAlive && stack.process(.worker) == nil)
            #expect(without.output.contains("Nothing runs jobs yet"))
            #expect(without.output.contains("env --directory \(stack.directory.path))\""))
            #expect(!without.output.contains("A first job"), "nothing would run it")
            let status = try await stack.queueflow("status")
            #expect(status.status == 0, "\(status.output)")
            #expect(status.output.contains("none of ours (--no-worker)"))

            let plain = try await stack.queueflow("up")
            #expect(plain.output.contains("Kept from an earlier `up`: --no-worker."))
            #expect(stack.process(.worker) == nil)
            let back = try await stack.queueflow("up", "--worker", "--no-first-job")
            #expect(back.status == 0, "\(back.output)")
            #expect(try #require(stack.process(.worker)).isAlive)
        }
    }

    /// Settings with which the stack does not come up would be in the way of each later call.
    @Test func whatDidNotComeUpIsNotKept() async throws {
        try await withStack { stack in
            let up = try await stack.queueflow("up", with: ["STAND_IN_FAILS": "scheduler", "WORKER_QUEUES": "mail"])
            #expect(up.status != 0)
            #expect(!FileManager.default.fileExists(atPath: stack.kept.settings.path))
        }
    }

    @Test func aServerElsewhereIsSaidWithWhereItCameFromAndWithoutItsPassword() async throws {
        try await withStack { stack in
            let up = try await stack.queueflow("up", "--no-first-job")
            #expect(up.status == 0, "\(up.output)")
            #expect(
                up.output.contains(
                    /postgres     using the one at 127.0.0.1:\d+\/\w+: DATABASE_URL from the environment/
                )
            )
            #expect(up.output.contains(/redis        using the one at 127.0.0.1:\d+: REDIS_URL from the environment/))
            let password = try #require(URLComponents(string: stack.databaseURL)?.password)
            #expect(!up.output.contains(password))
            let later = try await stack.queueflow("up", "--no-first-job", without: ["DATABASE_URL"])
            #expect(
                later.output.contains(/using the one at 127.0.0.1:\d+\/\w+: DATABASE_URL kept from an earlier `up`/)
            )
        }
    }

    /// A wrong address costs nothing that runs.
    @Test func aServerElsewhereThatDoesNotAnswerChangesNothing() async throws {
        try await withStack { stack in
            #expect(try await stack.queueflow("up", "--no-first-job").status == 0)
            let jobService = stack.process(.jobService)
            let wrong = "redis://:hush@127.0.0.1:\(try FreePort.find())/0"
            let up = try await stack.queueflow("up", "--no-first-job", with: ["REDIS_URL": wrong])
            #expect(up.status != 0)
            #expect(
                up.output.contains("nothing was started or stopped, because REDIS_URL names 127.0.0.1:"),
                "\(up.output)"
            )
            #expect(up.output.contains("REDIS_URL= queueflow up") && !up.output.contains("hush"))
            #expect(stack.process(.jobService) == jobService)
            #expect(try await stack.queueflow("status").status == 0)
        }
    }

    /// Connections that the servers closed linger for a minute after `down`.
    @Test func aStackComesUpAtOnceAfterTraffic() async throws {
        try await withStack { stack in
            #expect(try await stack.queueflow("up", "--no-first-job").status == 0)
            let ports = [stack.ports[.rest], stack.ports[.gateway]]
            for port in ports {
                try Self.askAndBeLeft(port: port)
            }
            #expect(try await stack.queueflow("down").status == 0)
            let sockets = FreePort.sockets()
            for port in ports { #expect(sockets.contains { $0.port == port && $0.state == "06" }) }
            let up = try await stack.queueflow("up", "--no-first-job")
            #expect(up.status == 0, "\(up.output)")
            #expect(!up.output.contains("Waiting for port"))
        }
    }

    /// Asks in HTTP/1.0 and reads until the server closes the connection, which leaves it in TIME_WAIT on the server's side.
    private static func askAndBeLeft(port: Int) throws {
        let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(client) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = try #require(UInt16(exactly: port)).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(client, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        try #require(isConnected)
        let request = Array("GET /jobs/1 HTTP/1.0\r\n\r\n".utf8)
        try #require(send(client, request, request.count, Int32(MSG_NOSIGNAL)) == request.count)
        var bytes = [UInt8](repeating: 0, count: 4096)
        while recv(client, &bytes, bytes.count, 0) > 0 {}
    }
}
