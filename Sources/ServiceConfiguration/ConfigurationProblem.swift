/// What is wrong with a file of the configuration.
package struct ConfigurationProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// Relative to the configuration directory.
    package let file: String
    /// Counted from 1; nil where no line is to blame.
    package let line: Int?
    /// Never repeats a secret.
    package let reason: String

    package init(file: String, line: Int?, reason: String) {
        self.file = file
        self.line = line
        self.reason = reason
    }

    package var description: String {
        line.map { "\(file):\($0): \(reason)" } ?? "\(file): \(reason)"
    }
}

/// A configuration is not taken: everything that is wrong with it.
package struct ConfigurationRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// Not empty; in the order of files and lines.
    package let problems: [ConfigurationProblem]

    package init(_ problems: [ConfigurationProblem]) {
        precondition(!problems.isEmpty, "a refusal has a reason")
        self.problems = problems
    }

    package var description: String { problems.map(\.description).joined(separator: "\n") }
}
