import Foundation
import LocalServers
import Testing

@testable import QueueFlowCLI

@Suite(.timeLimit(.minutes(1))) struct UpTests {
    @Test func aStackWithItsOwnServersComesUpAndGoesDown() async throws {
        try await withStack(ownServers: true) { stack in
            let up = try await stack.queueflow("up")
            #expect(up.status == 0, "\(up.output)")
            for service in StackService.allCases { #expect(up.output.contains("\(service.rawValue) ")) }
            #expect(up.output.contains("QueueFlow is up."))
            #expect(up.output.contains("http://127.0.0.1:\(stack.ports[.gateway])"))
            // The first job's way, through nginx to the stand-in and back.
            #expect(up.output.contains(/A first job, email.send, id 1:\n +\d+ m?s +queued\n +\d+ m?s +completed\n/))

            let secrets = EnvironmentFile.parse(try String(contentsOf: stack.kept.credentials, encoding: .utf8))
            let password = try #require(secrets["QUEUEFLOW_ADMIN_PASSWORD"])
            #expect(up.output.contains("admin / \(password)"))
            let environment = try stack.environment(of: .jobService)
            #expect(environment["QUEUEFLOW_ADMIN_PASSWORD"] == password)
            #expect(environment["DATABASE_URL"]?.contains(":\(stack.ports[.postgres])/queueflow") == true)

            let status = try await stack.queueflow("status")
            #expect(status.status == 0, "\(status.output)")

            let processes = StackService.allCases.compactMap { stack.process($0) }
            #expect(processes.count == 6)
            let down = try await stack.queueflow("down")
            #expect(down.status == 0, "\(down.output)")
            let stops = down.output.split(separator: "\n").compactMap {
                $0.split(separator: " ").first.map(String.init)
            }
            #expect(stops == StackService.allCases.map(\.rawValue).reversed())
            #expect(!down.output.contains("killed"))
            for process in processes { #expect(!process.isAlive) }

            // The password of the cluster is lost with the file; the data is not.
            unlink(stack.kept.credentials.path)
            let again = try await stack.queueflow("up", "--no-first-job")
            #expect(again.status == 0, "\(again.output)")
            #expect(!again.output.contains("making a new cluster"))
            #expect(again.output.contains("giving the cluster a new password"))
        }
    }

    @Test func upAgainStartsOnlyWhatDied() async throws {
        try await withStack { stack in
            #expect(try await stack.queueflow("up", "--no-first-job").status == 0)
            let jobService = try #require(stack.process(.jobService))
            let worker = try #require(stack.process(.worker))

            let again = try await stack.queueflow("up", "--no-first-job")
            #expect(again.status == 0, "\(again.output)")
            #expect(!again.output.contains("starting"))
            #expect(stack.process(.worker) == worker)

            worker.signal(SIGKILL)
            let status = try await stack.queueflow("status")
            #expect(status.status == 1)
            #expect(status.output.contains("NO: it has ended; see: queueflow logs worker"))

            let third = try await stack.queueflow("up", "--no-first-job")
            #expect(third.status == 0, "\(third.output)")
            #expect(stack.process(.jobService) == jobService)
            #expect(stack.process(.worker) != worker)
            #expect(try await stack.queueflow("status").status == 0)
        }
    }

    @Test func aChangedConfigurationStartsAServiceAnew() async throws {
        try await withStack { stack in
            #expect(try await stack.queueflow("up", "--no-first-job").status == 0)
            let nginx = try #require(stack.process(.nginx))
            let jobService = try #require(stack.process(.jobService))

            let louder = try await stack.queueflow("up", "--no-first-job", with: ["LOG_LEVEL": "debug", "TERM": "x"])
            #expect(louder.status == 0, "\(louder.output)")
            #expect(louder.output.contains("job-service  stopping: LOG_LEVEL changed"))
            #expect(stack.process(.jobService) != jobService)
            #expect(!jobService.isAlive)
            #expect(stack.process(.nginx) == nginx)
            #expect(try stack.environment(of: .jobService)["LOG_LEVEL"] == "debug")
        }
    }

    @Test func aServiceThatFailsIsNamedWithItsLogAndTheRestGoesOn() async throws {
        try await withStack { stack in
            let up = try await stack.queueflow("up", with: ["STAND_IN_FAILS": "scheduler"])
            #expect(up.status != 0)
            #expect(up.output.contains("scheduler ended with status 7"))
            #expect(up.output.contains("stand-in scheduler cannot go on"))
            #expect(up.output.contains("not ready: scheduler\n"))
            #expect(!up.output.contains("QueueFlow is up."))
            #expect(try #require(stack.process(.jobService)).isAlive)
            #expect(try #require(stack.process(.worker)).isAlive)
            #expect(try await stack.queueflow("status").status == 1)
        }
    }

    @Test func whatComesAfterAServiceThatFailsIsNotStarted() async throws {
        try await withStack { stack in
            let up = try await stack.queueflow("up", with: ["STAND_IN_FAILS": "job-service"])
            #expect(up.status != 0)
            #expect(up.output.contains("not ready: job-service; therefore not started: worker, scheduler, nginx"))
            #expect(stack.process(.worker) == nil)
        }
    }

    @Test func aTakenPortIsSaidBeforeAnythingIsStarted() async throws {
        try await withStack { stack in
            let other = try await RedisServer.start()
            let up = try await stack.queueflow("up", with: ["WORKER_GRPC_PORT": String(other.port)])
            #expect(up.status != 0)
            #expect(
                up.output.contains(
                    "port \(other.port) (gRPC of worker); end that program, "
                        + "or choose another port with WORKER_GRPC_PORT=NUMBER"
                )
            )
            #expect(ServiceRecords(directory: stack.kept).all.isEmpty)
            #expect(!FileManager.default.fileExists(atPath: stack.directory.path + "/stand-ins"))
        }
    }

    @Test func aProgramThatIsNotBuiltIsSaidBeforeAnythingIsStarted() async throws {
        try await withStack { stack in
            unlink(stack.directory.path + "/bin/worker")
            let up = try await stack.queueflow("up")
            #expect(up.status != 0)
            #expect(up.output.contains("worker has not been built"))
            #expect(ServiceRecords(directory: stack.kept).all.isEmpty)
        }
    }

    @Test func workersOfAKilledNginxDoNotKeepItFromComingBack() async throws {
        try await withStack { stack in
            #expect(try await stack.queueflow("up", "--no-first-job").status == 0)
            let nginx = try #require(ServiceRecords(directory: stack.kept)[.nginx])
            let master = try #require(nginx.process)
            kill(master.pid, SIGKILL)
            while master.isAlive { try await Task.sleep(for: .milliseconds(5)) }
            #expect(!ServiceStopper.leftovers(of: nginx).isEmpty)

            let up = try await stack.queueflow("up", "--no-first-job")
            #expect(up.status == 0, "\(up.output)")
            #expect(ServiceStopper.leftovers(of: nginx).isEmpty)
        }
    }

    @Test func downAndStatusAreHarmlessWhereNothingRuns() async throws {
        try await withStack { stack in
            let down = try await stack.queueflow("down")
            #expect(down.status == 0)
            #expect(down.output.contains("Nothing runs"))
            #expect(try await stack.queueflow("status").status == 1)
            let logs = try await stack.queueflow("logs")
            #expect(logs.status != 0)
            #expect(logs.output.contains("start the stack with: queueflow up"))
        }
    }
}
