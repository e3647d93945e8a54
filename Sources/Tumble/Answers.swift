/// What was asked of a `ColdStore` and answered since the last family left memory.
///
/// An answer holds as long as no family leaves: whatever comes into being or changes does so in
/// memory, where it is found before the store is asked.
struct Answers<Subject: Hashable & Sendable>: Sendable {
    /// More are forgotten, and asked again.
    private static var limit: Int { 10_000 }

    private var answered: Set<Subject> = []

    /// Of `subjects`, those that must be asked for.
    func open(_ subjects: [Subject]) -> [Subject] {
        guard !subjects.isEmpty, !answered.isEmpty else { return subjects }
        return subjects.filter { !answered.contains($0) }
    }

    /// What memory does not hold from now on of `subjects` is nowhere.
    mutating func note(_ subjects: some Sequence<Subject>) {
        if answered.count >= Self.limit { answered = [] }
        answered.formUnion(subjects)
    }

    /// Families have left memory.
    mutating func forget() { answered = [] }
}
