import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import TestSupport
import Testing

@testable import JobCore
@testable import JobService
@testable import JobStore

/// A client of a running REST API.
struct TestAPI: Sendable {
    let client: any TestClientProtocol
    let platform: TestPlatform

    /// A token for a role and a tenant, as the API itself would issue it.
    func token(_ role: Role, tenant: String) async throws -> String {
        try await platform.identity.authentication.tokens
            .issue(to: .sample(role, tenant: TenantName(tenant)), session: UUID())
    }

    /// A client's session with a token.
    func session(_ role: Role = .user, tenant: String) async throws -> TestSession {
        TestSession(api: self, headers: [.authorization: "Bearer \(try await token(role, tenant: tenant))"])
    }

    /// A session that began with a login.
    func login(_ username: String, _ password: String) async throws -> (session: TestSession, refreshToken: String) {
        let answer = try await anonymous.post("/login", #"{"username":"\#(username)","password":"\#(password)"}"#)
        let token = try #require(try answer.string("access_token"), "\(answer.text)")
        let refreshToken = try #require(try answer.string("refresh_token"))
        return (TestSession(api: self, headers: [.authorization: "Bearer \(token)"]), refreshToken)
    }

    /// Opens a connection of its own to the API for as long as the body runs.
    func exchange(_ body: (inout WireConnection) async throws -> Void) async throws {
        try await WireConnection.exchange(port: try #require(client.port), body)
    }

    /// A session without a token.
    var anonymous: TestSession { TestSession(api: self, headers: [:]) }
}

/// Requests with the same headers.
struct TestSession: Sendable {
    let api: TestAPI
    var headers: HTTPFields

    func get(_ uri: String, headers more: HTTPFields = [:]) async throws -> TestAnswer {
        try await send(.get, uri, nil, more)
    }

    func post(_ uri: String, _ body: String, headers more: HTTPFields = [:]) async throws -> TestAnswer {
        let json: HTTPFields = [.contentType: "application/json"]
        return try await send(.post, uri, body, json.merging(more))
    }

    /// Makes a tenant, for an administrator, unless there is one of the name.
    func makeTenant(_ name: String) async throws {
        let answer = try await post("/tenants", #"{"name":"\#(name)"}"#)
        #expect(answer.status == .created || answer.status == .conflict, "\(answer.text)")
    }

    func send(
        _ method: HTTPRequest.Method,
        _ uri: String,
        _ body: String? = nil,
        _ more: HTTPFields = [:]
    ) async throws -> TestAnswer {
        let response = try await api.client.executeRequest(
            uri: uri,
            method: method,
            headers: headers.merging(more),
            body: body.map { ByteBuffer(string: $0) }
        )
        return TestAnswer(status: response.status, headers: response.headers, bytes: [UInt8](buffer: response.body))
    }
}

extension HTTPFields {
    /// These fields, with those of `other` in place of or added to them.
    func merging(_ other: HTTPFields) -> HTTPFields {
        var merged = self
        for field in other { merged[field.name] = field.value }
        return merged
    }
}

extension User {
    /// An account that is on no record.
    static func sample(_ role: Role, tenant: TenantName) -> User {
        User(
            id: UUID(),
            tenant: tenant,
            username: "somebody",
            role: role,
            isDisabled: false,
            epoch: 0,
            createdAt: Date(),
            updatedAt: Date()
        )
    }
}
