package import Foundation

extension JobID {
    /// The id as protobuf messages carry it: 16 bytes.
    package var bytes: Data { uuid.bytes }

    /// Reads an id from a message; nil when it is not 16 bytes.
    package init?(bytes: Data) {
        guard let uuid = UUID(bytes: bytes) else { return nil }
        self.init(uuid)
    }
}

extension WorkerID {
    /// The id as protobuf messages carry it: 16 bytes.
    package var bytes: Data { uuid.bytes }

    /// Reads an id from a message; nil when it is not 16 bytes.
    package init?(bytes: Data) {
        guard let uuid = UUID(bytes: bytes) else { return nil }
        self.init(uuid)
    }
}

extension UUID {
    fileprivate var bytes: Data {
        withUnsafeBytes(of: uuid) { Data($0) }
    }

    fileprivate init?(bytes: Data) {
        guard bytes.count == 16 else { return nil }
        self.init(uuid: bytes.withUnsafeBytes { $0.loadUnaligned(as: uuid_t.self) })
    }
}
