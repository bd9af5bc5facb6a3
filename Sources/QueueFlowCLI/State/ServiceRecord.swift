import Foundation
import LocalServers

/// What is known of a service of the stack that was started, or of a server elsewhere that it uses.
struct ServiceRecord: Codable, Sendable, Hashable {
    let service: StackService
    /// The process that was started; nil for a server elsewhere.
    let process: ProcessIdentity?
    /// The program that was started.
    let executable: String
    /// The address of a server elsewhere.
    let address: String?
    let ports: [PortUse]
    let check: ReadinessCheck
    let fingerprint: String
    /// A fingerprint of each setting that the process was given; nil in records of former versions.
    var settings: [String: String]? = nil
    let startedAt: Date

    /// Whether its process runs; false for a server elsewhere.
    var isRunning: Bool { process?.isAlive ?? false }
    /// Whether it is a server elsewhere.
    var isExternal: Bool { process == nil }
}

/// The records of the stack, a file each.
struct ServiceRecords: Sendable {
    let directory: StackDirectory

    /// Reads a service's record; nil when there is none. One that cannot be read counts as none.
    subscript(service: StackService) -> ServiceRecord? {
        guard let data = try? Data(contentsOf: directory.record(of: service)) else { return nil }
        return try? JSONDecoder().decode(ServiceRecord.self, from: data)
    }

    /// All records, in the order of starting.
    var all: [ServiceRecord] { StackService.allCases.compactMap { self[$0] } }

    /// Writes a record; it may hold a password and is readable by its owner only.
    func write(_ record: ServiceRecord) throws(StackError) {
        let file = directory.record(of: record.service)
        do {
            let data = try JSONEncoder().encode(record)
            try PrivateFile.write(String(decoding: data, as: UTF8.self), to: file)
        } catch {
            throw .file(path: file.path, reason: "\(error)")
        }
    }

    /// Removes a service's record if there is one.
    func remove(_ service: StackService) {
        unlink(directory.record(of: service).path)
    }
}
