import Foundation
import LocalServers

/// Puts on disk what a service needs before it starts, and what the others need of it once it is ready.
struct StackPreparation: Sendable {
    let directory: StackDirectory
    let planner: StackPlanner
    let console: Console

    /// Prepares a service that is about to be started.
    func prepare(_ service: StackService) async throws(StackError) {
        switch service {
        case .postgres: try await prepareCluster()
        case .redis:
            do { try planner.redis?.writeConfiguration() } catch { throw .server(error) }
        case .nginx: try planner.gateway.write()
        case .devBroker, .jobService, .worker, .scheduler: break
        }
    }

    /// Makes the database if this stack runs PostgreSQL and it is not there yet.
    func makeDatabase() async throws(StackError) {
        do {
            _ = try await planner.cluster?.createDatabase(named: "queueflow", existingIsFine: true)
        } catch {
            throw .server(error)
        }
    }

    private func prepareCluster() async throws(StackError) {
        guard let cluster = planner.cluster else { return }
        // Remembered apart from the password itself, which a person may lose or delete with the credentials.
        let mark = Fingerprint.of([cluster.password])
        let known = try? String(contentsOf: directory.passwordMark, encoding: .utf8)
        do {
            if !cluster.exists {
                console.service(.postgres, "making a new cluster in \(cluster.directory.path)")
                try directory.makeParent(of: cluster.directory)
                try await cluster.make(durable: true, log: directory.log(of: .postgres))
            } else if known != mark {
                console.service(.postgres, "giving the cluster a new password, the old one being lost")
                try await cluster.resetPassword()
            }
            try PrivateFile.write(mark, to: directory.passwordMark)
            try directory.link(postgres: cluster.directory)
        } catch {
            throw StackError(error, at: cluster.directory)
        }
    }
}
