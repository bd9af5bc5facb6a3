import ArgumentParser
import Foundation
import NIOHTTP1
import TestSupport
import Testing

@testable import QueueFlowCLI

@Suite(.timeLimit(.minutes(1))) struct ConfigFileTests {
    private static let tokens = #"{"access_token":"t1","token_type":"Bearer","expires_in":900,"refresh_token":"r1"}"#

    @Test func loginKeepsASessionThatLogoutEnds() async throws {
        try await CommandRun.inDirectory { directory in
            try await TestHTTPServer.run([
                "POST /login": .json(Self.tokens), "GET /jobs": .json(#"{"jobs":[]}"#),
                "POST /logout": .json("", status: .noContent),
            ]) { server in
                let home = ["XDG_CONFIG_HOME": directory.path]
                let url = "http://127.0.0.1:\(server.port)"
                let login = try await CommandRun(
                    "login",
                    "--url",
                    url,
                    "--username",
                    "ada",
                    "--password-stdin",
                    environment: home,
                    input: "secret\n"
                )
                #expect(login.status == 0, "\(login)")
                #expect(server.asked[0].body == #"{"username":"ada","password":"secret"}"#)
                let file = directory.appending(path: "queueflow/config.toml")
                let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
                #expect(attributes[.posixPermissions] as? Int == 0o600)
                #expect(!(try String(contentsOf: file, encoding: .utf8)).contains("secret"))

                let list = try await CommandRun("jobs", "list", environment: home)
                #expect(list.status == 0, "\(list)")
                #expect(server.asked[1].head.headers.first(name: "Authorization") == "Bearer t1")

                let logout = try await CommandRun("logout", environment: home)
                #expect(logout.status == 0 && server.calls.last == "POST /logout", "\(logout)")
                #expect(!(try String(contentsOf: file, encoding: .utf8)).contains("r1"))
            }
        }
    }

    @Test func aWrongPasswordIsAnErrorOfAuthentication() async throws {
        try await TestHTTPServer.run(["POST /login": .problem(401, "No.")]) { server in
            let login = try await CommandRun(
                "login",
                "--url",
                "http://127.0.0.1:\(server.port)",
                "--username",
                "ada",
                "--password-stdin",
                input: "wrong\n"
            )
            #expect(login.status == CommandStatus.authentication.rawValue)
            #expect(login.notes.contains("does not accept this name and password"), "\(login)")
        }
    }

    @Test(arguments: [0o644, 0o640, 0o602])
    func whatOthersMayReadOrWriteIsRefused(_ mode: Int) async throws {
        try await CommandRun.inDirectory { directory in
            let file = try Self.write("[profiles.a]\nurl = \"http://127.0.0.1:1\"\n", in: directory)
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
            let run = try await CommandRun("jobs", "list", environment: ["XDG_CONFIG_HOME": directory.path])
            #expect(run.status == 1)
            #expect(
                run.notes
                    == "Error: \(file.path) holds credentials, and others may read or change it (mode \(String(mode, radix: 8))); call: chmod 600 \(file.path)\n"
            )
        }
    }

    @Test func optionsComeBeforeTheEnvironmentAndThatBeforeTheFile() async throws {
        try await CommandRun.inDirectory { directory in
            _ = try Self.write(
                """
                current = "a"
                [profiles.a]
                url = "http://a.example"
                api_key = "key-a"
                [profiles.b]
                url = "http://b.example/"
                api_key = "key-b"
                """,
                in: directory
            )
            func found(_ arguments: [String], _ variables: [String: String] = [:]) throws -> String {
                var surroundings = Surroundings.current
                surroundings.environment = variables.merging(["XDG_CONFIG_HOME": directory.path]) { $1 }
                surroundings.directory = directory
                let client = try Connection(try ConnectionOptions.parse(arguments), surroundings).client
                guard case .apiKey(let key) = client.credential else { return "\(client.address) none" }
                return "\(client.address) \(key)"
            }
            #expect(try found([]) == "http://a.example key-a")
            #expect(try found([], ["QUEUEFLOW_PROFILE": "b"]) == "http://b.example key-b")
            #expect(try found(["--profile", "a"], ["QUEUEFLOW_PROFILE": "b"]) == "http://a.example key-a")
            #expect(try found([], ["QUEUEFLOW_API_KEY": "k"]) == "http://a.example k")
            #expect(
                try found([], ["QUEUEFLOW_URL": "http://c.example", "QUEUEFLOW_API_KEY": "k"]) == "http://c.example k"
            )
            #expect(
                try found(["--profile", "b"], ["QUEUEFLOW_URL": "http://c.example", "QUEUEFLOW_API_KEY": "k"])
                    == "http://b.example key-b"
            )
            #expect(try found(["--api-key", "mine"], ["QUEUEFLOW_API_KEY": "k"]) == "http://a.example mine")
            // A profile's key goes nowhere but to the profile's server.
            #expect(try found(["--url", "http://evil.example"]) == "http://evil.example none")
            #expect(try found(["--url", "http://evil.example", "--profile", "a"]) == "http://evil.example none")
            #expect(try found(["--url", "http://a.example/"]) == "http://a.example key-a")
        }
    }

    @Test func aSessionIsRenewedOnceForAllWhoAsk() async throws {
        try await CommandRun.inDirectory { directory in
            let turn = Turn()
            try await TestHTTPServer.run { asked in
                guard asked.head.uri == "/token/refresh" else {
                    let isGood = asked.head.headers.first(name: "Authorization") == "Bearer t2"
                    return isGood ? .json(#"{"jobs":[]}"#) : .problem(401, "Expired.")
                }
                return turn.next() == 0 && asked.body == #"{"refresh_token":"r1"}"#
                    ? .json(#"{"access_token":"t2","token_type":"Bearer","expires_in":900,"refresh_token":"r2"}"#)
                    : .problem(401, "It was used before.")
            } _: { server in
                let file = try Self.write(
                    """
                    current = "a"
                    [profiles.a]
                    url = "http://127.0.0.1:\(server.port)"
                    access_token = "t1"
                    refresh_token = "r1"
                    expires_at = "2999-01-01T00:00:00Z"
                    """,
                    in: directory
                )
                let home = ["XDG_CONFIG_HOME": directory.path]
                async let one = CommandRun("jobs", "list", environment: home)
                async let other = CommandRun("jobs", "list", environment: home)
                let runs = try await [one, other]
                #expect(runs.map(\.status) == [0, 0], "\(runs)")
                #expect(server.calls.filter { $0 == "POST /token/refresh" }.count == 1)
                #expect(try String(contentsOf: file, encoding: .utf8).contains(#"refresh_token = "r2""#))
            }
        }
    }

    @Test func profilesAreKeptByName() async throws {
        try await CommandRun.inDirectory { directory in
            let home = ["XDG_CONFIG_HOME": directory.path]
            for name in ["b", "a.b c"] {
                let added = try await CommandRun(
                    "profile",
                    "add",
                    name,
                    "--url",
                    "http://\(name.count).example",
                    environment: home
                )
                #expect(added.status == 0, "\(added)")
            }
            #expect(try await CommandRun("profile", "add", "b", "--url", "http://x", environment: home).status == 5)
            #expect(try await CommandRun("profile", "use", "a.b c", environment: home).status == 0)
            #expect(try await CommandRun("profile", "use", "c", environment: home).status == 3)
            let list = try await CommandRun("profile", "list", environment: home)
            #expect(
                list.output == """
                    NAME   URL               CREDENTIAL  CURRENT
                    a.b c  http://5.example  none        current
                    b      http://1.example  none

                    """
            )
            #expect(try await CommandRun("profile", "remove", "a.b c", environment: home).status == 0)
            #expect(try await CommandRun("profile", "list", "-o", "name", environment: home).output == "b\n")
        }
    }

    @Test(arguments: [
        ("url = 3", "line 1: the value of url must be a string in quotation marks"),
        ("[profiles.a]\nur = \"x\"", "unknown key 'ur' in [profiles.a]"),
        ("[profiles.a]\n[profiles.a]", "line 2: [profiles.a] comes a second time"),
        ("[profiles.a]", "[profiles.a] has no url"), ("x", "line 1: expected a key such as url = \"...\""),
    ])
    func whatCannotBeUnderstoodIsNamed(_ text: String, _ says: String) async throws {
        try await CommandRun.inDirectory { directory in
            let file = try Self.write(text, in: directory)
            let run = try await CommandRun("jobs", "list", environment: ["XDG_CONFIG_HOME": directory.path])
            #expect(run.status == 1)
            #expect(run.notes.hasPrefix("Error: \(file.path), \(says)"), "\(run)")
        }
    }

    @Test func textIsReadAsItWasWritten() throws {
        let values = ["plain", "quo\"te\\", "line\nbreak\ttab", "\u{1}ünï", "# no comment", "'"]
        let tables: TOMLTables = [
            ("", [("current", "a")]), ("profiles.a \"b\"", values.enumerated().map { ("k\($0)", $1) }),
        ]
        let text = TOMLText.text(tables) + "  # a comment\r\n k9 = 'lit\\eral' # another\n"
        let read = try TOMLText.parse(text)
        #expect(read.map(\.name) == ["", "profiles.a \"b\""])
        #expect(read[1].values.map(\.value) == values + ["lit\\eral"])
    }

    private static func write(_ text: String, in directory: URL) throws -> URL {
        let file = directory.appending(path: "queueflow/config.toml")
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: file, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
        return file
    }
}
