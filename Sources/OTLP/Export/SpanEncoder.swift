import Foundation
import SwiftProtobuf
import Telemetry
import Tracing

/// Writes spans as OTLP has them.
struct SpanEncoder: Sendable {
    /// The version of OpenTelemetry's semantic conventions by which names and attributes go.
    static let schema = "https://opentelemetry.io/schemas/1.44.0"

    private let resource: OTLPResource

    /// Writes spans of a process.
    ///
    /// - Parameter resource: What it says of itself.
    init(resource: [String: String]) {
        self.resource = .with { message in
            message.attributes = resource.sorted { $0.key < $1.key }.map { name, value in
                .with {
                    $0.key = name
                    $0.value.stringValue = value
                }
            }
        }
    }

    /// A request with spans.
    func request(_ spans: [RecordedSpan]) -> OTLPExportRequest {
        .with { request in
            request.resourceSpans = [
                .with {
                    $0.resource = resource
                    $0.schemaURL = Self.schema
                    $0.scopeSpans = [
                        .with {
                            $0.scope.name = "queueflow"
                            $0.schemaURL = Self.schema
                            $0.spans = spans.map(OTLPSpan.init)
                        }
                    ]
                }
            ]
        }
    }
}

extension OTLPSpan {
    fileprivate init(_ span: RecordedSpan) {
        self.init()
        traceID = span.context.traceID.bytes
        spanID = span.context.spanID.bytes
        traceState = span.context.state ?? ""
        parentSpanID = span.parent?.bytes ?? Data()
        flags = UInt32(span.context.flags.rawValue)
        name = span.name.cut
        kind =
            switch span.kind {
            case .internal: 1
            case .server: 2
            case .client: 3
            case .producer: 4
            case .consumer: 5
            }
        (startTimeUnixNano, endTimeUnixNano) = (span.start, span.end)
        attributes = [OTLPKeyValue](span.attributes)
        droppedAttributesCount = UInt32(span.attributes.count - attributes.count)
        events = span.events.map { event in
            .with {
                $0.timeUnixNano = event.nanosecondsSinceEpoch
                $0.name = event.name.cut
                $0.attributes = [OTLPKeyValue](event.attributes)
            }
        }
        droppedEventsCount = UInt32(clamping: span.droppedEvents)
        links = span.links.compactMap { link in
            link.context.traceContext.map { OTLPLink($0, link.attributes) }
        }
        droppedLinksCount = UInt32(clamping: span.droppedLinks)
        if let status = span.status {
            self.status.code = status.code == .ok ? 1 : 2
            self.status.message = status.message?.cut ?? ""
        }
    }
}

extension OTLPLink {
    fileprivate init(_ context: TraceContext, _ said: SpanAttributes) {
        self.init()
        traceID = context.traceID.bytes
        spanID = context.spanID.bytes
        traceState = context.state ?? ""
        flags = UInt32(context.flags.rawValue)
        attributes = [OTLPKeyValue](said)
    }
}

extension [OTLPKeyValue] {
    fileprivate init(_ attributes: SpanAttributes) {
        self = []
        attributes.forEach { name, value in
            guard count < RecordedSpan.maxAttributes, let value = OTLPAnyValue(value) else { return }
            append(
                .with {
                    $0.key = name
                    $0.value = value
                }
            )
        }
    }
}

extension OTLPAnyValue {
    fileprivate init?(_ attribute: SpanAttribute) {
        func array<Element>(_ elements: [Element], _ value: (Element) -> OneOf_Value) -> OneOf_Value {
            .arrayValue(.with { $0.values = elements.map { element in .with { $0.value = value(element) } } })
        }
        self.init()
        switch attribute {
        case .int32(let number): value = .intValue(Int64(number))
        case .int64(let number): value = .intValue(number)
        case .int32Array(let numbers): value = array(numbers) { .intValue(Int64($0)) }
        case .int64Array(let numbers): value = array(numbers) { .intValue($0) }
        case .double(let number): value = .doubleValue(number)
        case .doubleArray(let numbers): value = array(numbers) { .doubleValue($0) }
        case .bool(let flag): value = .boolValue(flag)
        case .boolArray(let flags): value = array(flags) { .boolValue($0) }
        case .string(let text): value = .stringValue(text.cut)
        case .stringArray(let texts): value = array(texts) { .stringValue($0.cut) }
        case .stringConvertible(let text): value = .stringValue("\(text)".cut)
        case .stringConvertibleArray(let texts): value = array(texts) { .stringValue("\($0)".cut) }
        default: return nil
        }
    }
}

extension String {
    /// The text, cut to what is kept of one.
    fileprivate var cut: String {
        guard utf8.count > RecordedSpan.maxTextBytes else { return self }
        return String(decoding: utf8.prefix(RecordedSpan.maxTextBytes), as: UTF8.self)
    }
}

extension TraceID {
    fileprivate var bytes: Data { high.bigEndianBytes + low.bigEndianBytes }
}

extension SpanID {
    fileprivate var bytes: Data { value.bigEndianBytes }
}

extension UInt64 {
    fileprivate var bigEndianBytes: Data { withUnsafeBytes(of: bigEndian) { Data($0) } }
}
