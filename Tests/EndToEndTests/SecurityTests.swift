import Foundation
import LocalServers
import Testing

/// What an operator and an attacker see of the processes.
extension EndToEndTests {
    /// With everything logged, and every kind of secret used rightly and wrongly.
    @Test func noSecretReachesALog() async throws {
        let everything = ["LOG_LEVEL": "trace"]
        try await TestStack.run([.jobService: everything, .worker: everything, .scheduler: everything]) { stack in
            var secrets = [TestStack.adminPassword, TestStack.jwtSecret, TestStack.workerToken]
            func text(_ answer: Answer, _ name: String) throws -> String {
                try #require(answer.json[name] as? String, "\(answer.body)")
            }
            let credentials = #"{"username":"admin","password":"\#(TestStack.adminPassword)"}"#
            let login = try await stack.request("POST", "/login", body: credentials)
            let refreshToken = try text(login, "refresh_token")
            let refreshed = try await stack.request(
                "POST",
                "/token/refresh",
                body: #"{"refresh_token":"\#(refreshToken)"}"#
            )
            secrets += [refreshToken, try text(login, "access_token"), try text(refreshed, "access_token")]
            let guess = "a guessed password 7315"
            _ = try await stack.request("POST", "/login", body: #"{"username":"admin","password":"\#(guess)"}"#)
            let password = "an account's password 9182"
            let user = #"{"username":"ada","password":"\#(password)"}"#
            #expect(try await stack.request("POST", "/users", body: user).status == 201)
            let key = try await stack.request("POST", "/api-keys", body: #"{"name":"k"}"#)
            secrets += [guess, password, try text(key, "key"), try text(refreshed, "refresh_token")]
            let payload = "a payload of 4711"
            let job = try await stack.submit(#"{"type":"echo","payload":{"secret":"\#(payload)"}}"#)
            try await stack.wait(for: job, toBe: "completed")
            let passwords = [stack.postgres.url, stack.redis.url].compactMap { URL(string: $0)?.password }
            secrets += [payload] + passwords.filter { !$0.isEmpty }
            for program in TestStack.Program.usual {
                let log = await stack.log(of: program)
                #expect(program == .devBroker || log.contains(#""level":"debug""#) || log.contains(#""level":"trace""#))
                for secret in secrets { #expect(!log.contains(secret), "\(secret) in the log of \(program)") }
            }
        }
    }

    @Test func aWorkerThatIsRefusedSaysSoOnceAndIsNotReady() async throws {
        try await TestStack.run { stack in
            await stack.end(.worker, with: SIGTERM)
            await stack.set("WORKER_TOKEN", of: .worker, to: "9d8c7b6a5f4e3d2c1b0a998877665544")
            try await stack.start(.worker)
            let answer = try await stack.waitForReadiness(of: .worker) { $0.body.contains("refuses the worker") }
            #expect(answer.status == 503)
            let lines = await stack.log(of: .worker).split(separator: "\n").filter { $0.contains("set WORKER_TOKEN") }
            #expect(lines.count == 1 && lines[0].contains(#""level":"error""#))
            #expect(!lines[0].contains("9d8c7b6a"))
            let job = try await stack.submit(#"{"type":"noop"}"#)
            #expect(try await stack.job(job).json["state"] as? String == "queued")

            // Good again, as an API key, without a restart of the job-service.
            let key = try await stack.request("POST", "/api-keys", body: #"{"name":"worker","role":"WORKER"}"#)
            let secret = try #require(key.json["key"] as? String, "\(key.body)")
            await stack.end(.worker, with: SIGTERM)
            await stack.set("WORKER_TOKEN", of: .worker, to: secret)
            try await stack.start(.worker)
            try await stack.wait(for: job, toBe: "completed")

            // Its session ends within seconds of the key.
            let id = try #require(key.json["id"] as? String)
            #expect(try await stack.request("DELETE", "/api-keys/\(id)").status == 204)
            let start = ContinuousClock.now
            _ = try await stack.waitForReadiness(of: .worker) { $0.body.contains("refuses the worker") }
            #expect(ContinuousClock.now - start < .seconds(8))
        }
    }
}
