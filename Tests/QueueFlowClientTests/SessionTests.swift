import Foundation
import NIOHTTP1
import QueueFlowClient
import Synchronization
import TestSupport
import Testing

/// How a client signs in and stays signed in.
@Suite(.timeLimit(.minutes(1)))
struct SessionTests {
    private static let password = QueueFlowCredential.password(username: "ada", password: "secret words")

    /// An installation with sessions: every access token but the newest is refused, and a refresh token is good once.
    private final class Sessions: Sendable {
        private struct State {
            var number = 0
            var isRefreshTokenGone = false
            var refusesAll = false
        }

        private let state = Mutex(State())

        func expire(refreshToken: Bool = false) {
            state.withLock { state in
                state.number += 1
                state.isRefreshTokenGone = refreshToken
            }
        }

        func refuseAll() {
            state.withLock { $0.refusesAll = true }
        }

        func answer(_ asked: TestHTTPServer.Asked) -> TestHTTPServer.Answer {
            state.withLock { state in
                switch asked.head.uri {
                case "/login":
                    guard
                        asked.body == #"{"password":"secret words","username":"ada"}"#
                            || asked.body == #"{"username":"ada","password":"secret words"}"#
                    else { return .problem(.unauthorized, "invalid-credentials") }
                    state.number += 1
                    return .tokens(state.number)
                case "/token/refresh":
                    guard !state.isRefreshTokenGone else {
                        state.isRefreshTokenGone = false
                        return .problem(.unauthorized, "invalid-refresh-token")
                    }
                    state.number += 1
                    return .tokens(state.number)
                case "/logout":
                    return .init(status: .noContent)
                default:
                    let isGood = asked.head.headers.first(name: "Authorization") == "Bearer a\(state.number)"
                    return isGood && !state.refusesAll ? .job() : .problem(.unauthorized, "invalid-token")
                }
            }
        }
    }

    private func count(_ path: String, _ api: FakeAPI) -> Int { api.paths.count { $0 == path } }

    @Test func aHundredCallersSignInOnceAndRefreshOnce() async throws {
        let sessions = Sessions()
        try await FakeAPI.run { asked, _ in
            sessions.answer(asked)
        } _: { api in
            try await api.withClient(Self.password) { client in
                for round in 0..<3 {
                    if round > 0 { sessions.expire() }
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for _ in 0..<100 { group.addTask { _ = try await client.job("j1") } }
                        try await group.waitForAll()
                    }
                    #expect(count("/login", api) == 1)
                    #expect(count("/token/refresh", api) == round)
                }
            }
            #expect(api.paths.last == "/logout")
        }
    }

    @Test func whenTheRefreshTokenIsGoneItSignsInAnewOnce() async throws {
        let sessions = Sessions()
        try await FakeAPI.run { asked, _ in
            sessions.answer(asked)
        } _: { api in
            try await api.withClient(Self.password) { client in
                _ = try await client.job("j1")
                sessions.expire(refreshToken: true)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<100 { group.addTask { _ = try await client.job("j1") } }
                    try await group.waitForAll()
                }
                #expect(count("/login", api) == 2)
                #expect(count("/token/refresh", api) == 1)
            }
        }
    }

    @Test func aNewTokenThatIsRefusedTooIsTheEnd() async throws {
        let sessions = Sessions()
        sessions.refuseAll()
        try await FakeAPI.run { asked, _ in
            sessions.answer(asked)
        } _: { api in
            let error = try await #require(throws: QueueFlowError.self) {
                try await api.withClient(Self.password) { try await $0.job("j1") }
            }
            #expect(error.kind == .notAuthenticated && error.problem == "invalid-token")
            #expect(count("/jobs/j1", api) == 2)
        }
    }

    @Test func aTokenIsRenewedBeforeItExpires() async throws {
        try await FakeAPI.run { asked, number in
            switch asked.head.uri {
            case "/login", "/token/refresh": .tokens(number, expiresIn: 0)
            default: .job()
            }
        } _: { api in
            try await api.withClient(Self.password) { client in
                _ = try await client.job("j1")
                _ = try await client.job("j1")
            }
            #expect(api.paths == ["/login", "/jobs/j1", "/token/refresh", "/jobs/j1", "/logout"])
        }
    }

    @Test func aWrongPasswordIsToldToAllWhoWait() async throws {
        let sessions = Sessions()
        try await FakeAPI.run { asked, _ in
            sessions.answer(asked)
        } _: { api in
            try await api.withClient(.password(username: "ada", password: "wrong")) { client in
                await withTaskGroup(of: Void.self) { group in
                    for _ in 0..<10 {
                        group.addTask {
                            let error = await #expect(throws: QueueFlowError.self) { try await client.job("j1") }
                            #expect(error?.kind == .notAuthenticated)
                            #expect(error?.action == "signing in as 'ada'")
                        }
                    }
                }
            }
            #expect(!api.paths.contains("/jobs/j1"))
        }
    }

    @Test func aCallerThatIsCancelledDoesNotWaitForTheSession() async throws {
        try await FakeAPI.run { _, _ in
            .init(neverEnds: true)
        } _: { api in
            try await api.withClient(Self.password) { client in
                let call = Task { try await client.job("j1") }
                while api.paths.isEmpty { await Task.yield() }
                let start = ContinuousClock.now
                call.cancel()
                await #expect(throws: CancellationError.self) { try await call.value }
                #expect(ContinuousClock.now - start < .seconds(3))
            }
        }
    }

    @Test func aKeyIsSentWithEachCall() async throws {
        try await FakeAPI.run { _, _ in
            .job()
        } _: { api in
            _ = try await api.withClient(.apiKey("qf_secret")) { try await $0.job("j1") }
            #expect(api.headers("X-API-Key") == ["qf_secret"] && api.paths == ["/jobs/j1"])
        }
    }

    @Test func noSecretIsPrinted() {
        #expect("\(QueueFlowCredential.apiKey("qf_secret"))" == "an API key")
        #expect("\(Self.password)" == "the password of 'ada'")
    }

    @Test(arguments: [
        (["QUEUEFLOW_URL": "http://a", "QUEUEFLOW_API_KEY": "k"], nil),
        (["QUEUEFLOW_URL": "http://a", "QUEUEFLOW_USERNAME": "u", "QUEUEFLOW_PASSWORD": "p"], nil),
        ([:], "QUEUEFLOW_URL is not set"), (["QUEUEFLOW_URL": "http://a"], "set QUEUEFLOW_API_KEY"),
        (["QUEUEFLOW_URL": "http://a", "QUEUEFLOW_API_KEY": "", "QUEUEFLOW_USERNAME": "u"], "set QUEUEFLOW_API_KEY"),
        (["QUEUEFLOW_URL": "localhost:8000", "QUEUEFLOW_API_KEY": "k"], "'localhost:8000' is no URL"),
    ])
    func theEnvironmentSaysWhereAndWho(_ environment: [String: String], _ complaint: String?) async throws {
        do {
            let client = try QueueFlowClient(environment: environment)
            await client.shutdown()
            #expect(complaint == nil)
        } catch let error as QueueFlowError {
            #expect(error.kind == .configuration)
            #expect("\(error)".contains(complaint ?? "no complaint"), "\(error)")
        }
    }
}
