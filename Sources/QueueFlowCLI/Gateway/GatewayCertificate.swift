import Foundation
import LocalServers

/// The certificate of the gateway's TLS: one that was given, or one by an authority of the stack's own.
struct GatewayCertificate: Sendable {
    /// The variables by which one is given.
    static let variables: Set = ["TLS_CERTIFICATE", "TLS_KEY"]

    /// The file of the certificate, and of those that lead to its authority.
    let chain: String
    /// The file of its key.
    let key: String
    /// The file of the authority that clients are to trust; nil for a certificate that was given.
    let authority: String?
    /// What makes one; nil for a certificate that was given.
    private let maker: LaunchCommand?

    /// - Parameter folder: The one with the script `certificate`.
    /// - Throws: ``StackError/badVariable(name:value:expected:)`` for what was given and is not there.
    init(_ configuration: StackConfiguration, maker folder: URL) throws(StackError) {
        let given = Self.variables.sorted().map { ($0, configuration.environment[$0] ?? "") }
        guard given.allSatisfy({ $0.1.isEmpty }) else {
            for (name, path) in given where access(path, R_OK) != 0 {
                throw .badVariable(
                    name: name,
                    value: path,
                    expected: "a file in PEM; TLS_CERTIFICATE and TLS_KEY go together"
                )
            }
            (chain, key, authority, maker) = (given[0].1, given[1].1, nil, nil)
            return
        }
        let certificates = configuration.directory.certificates
        chain = certificates.appending(path: "gateway.crt").path
        key = certificates.appending(path: "gateway.key").path
        authority = certificates.appending(path: "ca.crt").path
        maker = LaunchCommand(
            executable: folder.appending(path: "certificate").path,
            arguments: [certificates.path],
            environment: LaunchCommand.minimalEnvironment
        )
    }

    /// Makes it, or makes it anew when it is about to end; nothing for one that was given.
    ///
    /// - Throws: ``StackError`` when it cannot be made, such as without openssl.
    func make() async throws(StackError) {
        guard let maker else { return }
        do {
            _ = try Executables.find("openssl", package: "openssl")
            if let reason = try await maker.run(input: "") {
                throw StackError.file(path: chain, reason: "cannot be made: \(reason)")
            }
        } catch let error as StackError {
            throw error
        } catch {
            throw StackError(error, at: URL(filePath: chain))
        }
    }
}
