use super::Expr;

impl Expr {
    /// What an alert gives as its value: the leftmost compared quantity of a
    /// condition (of `80 < temp` that is `temp`); without a comparison, its
    /// leftmost field or window.
    #[must_use]
    pub fn quantity(&self) -> Option<&Self> {
        quantity(self)
    }
}

fn quantity(expr: &Expr) -> Option<&Expr> {
    leftmost(expr, &mut |part| match part {
        Expr::Binary(op, left, right) if op.compares() => {
            let is_given = matches!(**left, Expr::Literal(_) | Expr::Duration(_));
            Some(if is_given { right } else { left })
        }
        Expr::In(operand, _) => Some(operand),
        _ => None,
    })
    .or_else(|| {
        leftmost(expr, &mut |part| {
            matches!(part, Expr::Field(_) | Expr::Window(_) | Expr::Devices(_)).then_some(part)
        })
    })
}

/// The first part that `pick` takes, parents first, left to right, not inside windows.
fn leftmost<'a>(
    expr: &'a Expr,
    pick: &mut impl FnMut(&'a Expr) -> Option<&'a Expr>,
) -> Option<&'a Expr> {
    if let Some(found) = pick(expr) {
        return Some(found);
    }
    match expr {
        Expr::Unary(_, operand) | Expr::In(operand, _) => leftmost(operand, pick),
        Expr::Binary(_, left, right) => leftmost(left, pick).or_else(|| leftmost(right, pick)),
        Expr::Call(_, arguments) => arguments.iter().find_map(|argument| leftmost(argument, pick)),
        Expr::Literal(_)
        | Expr::Duration(_)
        | Expr::Field(_)
        | Expr::Window(_)
        | Expr::Has(_)
        | Expr::Fresh(..)
        | Expr::Absent(_)
        | Expr::RoleAbsent(..)
        | Expr::Devices(_)
        | Expr::Since(_) => None,
    }
}
