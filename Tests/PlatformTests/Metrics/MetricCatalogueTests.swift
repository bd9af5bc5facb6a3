import Foundation
import Telemetry
import TestSupport
import Testing

@testable import Platform

/// docs/metrics.md against the catalogue, both ways, and the catalogue against the rules for names.
@Suite struct MetricCatalogueTests {
    /// A line of the page's tables, without who exports the metric: that the end-to-end tests hold against the processes.
    private struct Line: Hashable, CustomStringConvertible {
        var name: String
        var type: String
        var labels: [String]
        var help: String

        var description: String { "| `\(name)` | \(type) | \(labels.joined(separator: ", ")) | ... | \(help) |" }
    }

    private static func page() throws -> String {
        try String(contentsOf: Script.repository.appending(path: "docs/metrics.md"), encoding: .utf8)
    }

    private static func documented() throws -> [Line] {
        try page().split(separator: "\n").compactMap { line in
            let cells = line.split(separator: "|", omittingEmptySubsequences: false).map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            guard cells.count == 7, cells[1].hasPrefix("`queueflow_") else { return nil }
            return Line(
                name: cells[1].trimmingCharacters(in: ["`"]),
                type: cells[2],
                labels: cells[3].split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) },
                help: cells[5]
            )
        }
    }

    private static let declared = MetricDescription.ofQueueFlow.map {
        Line(name: $0.name, type: $0.typeName, labels: $0.labels, help: $0.help)
    }

    @Test func thePageTellsOfAllMetricsAndOfNoOthers() throws {
        let documented = try Self.documented()
        #expect(Set(documented).subtracting(Self.declared).isEmpty, "these are on the page and not in the code")
        #expect(Set(Self.declared).subtracting(documented).isEmpty, "these are in the code and not on the page")
        #expect(documented.count == Self.declared.count, "each once")
    }

    @Test func namesBeginWithThePrefixAndEndWithTheirUnit() {
        for metric in MetricDescription.ofQueueFlow {
            #expect(metric.name.hasPrefix("queueflow_"))
            #expect((metric.typeName == "counter") == metric.name.hasSuffix("_total"), "\(metric.name)")
            for part in ["ms", "milliseconds", "minutes", "duration_total"] {
                #expect(!metric.name.split(separator: "_").contains(part[...]), "\(metric.name)")
            }
            #expect(metric.help.hasSuffix("."), "\(metric.name): \(metric.help)")
            #expect(Set(metric.labels).isDisjoint(with: ["id", "job_id", "worker", "worker_id", "user", "path"]))
        }
    }

    /// A registry that takes all of them has no two that are in each other's way.
    @Test func allFitInOneRegistry() async {
        let registry = PrometheusRegistry.queueFlow()
        for metric in MetricDescription.ofQueueFlow {
            let labels = MetricLabels(metric.labels.map { ($0, "x") })
            switch metric.typeName {
            case "counter": _ = registry.counter(metric, labels: labels)
            case "gauge": _ = registry.gauge(metric, labels: labels)
            case "summary": _ = registry.summary(metric, labels: labels)
            default: _ = registry.histogram(metric, labels: labels)
            }
        }
        let text = String(decoding: await registry.exposition(.prometheus), as: UTF8.self)
        #expect(text.contains("telemetry_metric_conflicts_total 0\n"))
        for metric in MetricDescription.ofQueueFlow { #expect(text.contains("# HELP \(metric.name) \(metric.help)\n")) }
    }
}
