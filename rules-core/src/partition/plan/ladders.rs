//! Numbering classes so that those whose thresholds a value passes one after
//! the other are neighbours.

use alloc::vec::Vec;

use rete_lite::Inequality;

use sorted::Gather;

use super::{Asked, Class, Plan, at, number};

impl Plan {
    /// Numbers the classes anew: first those that do nothing but compare a
    /// quantity, as a value meets their thresholds, then all others. `members`
    /// are the rules of each by its number before.
    pub(super) fn number_classes(&mut self, members: Vec<Vec<u32>>) {
        let indexes = self.scopes.iter().flat_map(|scope| &scope.quantities);
        let found = indexes.flat_map(|(_, index)| index.iter().map(|(_, _, class)| *class));
        let compares_only =
            |class: &u32| at(&self.classes, *class).is_some_and(|class| class.clear.is_none());
        let mut order: Vec<u32> = found.filter(compares_only).gather();
        self.laddered = number(order.len());
        let mut numbers = alloc::vec![None; self.classes.len()];
        for (class, number) in order.iter().zip(0..) {
            numbers.get_mut(*class as usize).into_iter().for_each(|it| *it = Some(number));
        }
        let others = numbers.iter().zip(0..).filter(|(number, _)| number.is_none());
        order.extend(others.map(|(_, class)| class));
        let mut numbers = alloc::vec![0; order.len()];
        for (class, number) in order.iter().zip(0..) {
            numbers.get_mut(*class as usize).into_iter().for_each(|it| *it = number);
        }
        self.renumber(&numbers, members);
        self.find_ladders();
    }

    fn renumber(&mut self, numbers: &[u32], members: Vec<Vec<u32>>) {
        let new = |class: u32| at(numbers, class).copied().unwrap_or(class);
        for scope in &mut self.scopes {
            for (_, index) in &mut scope.quantities {
                let compared = index.iter().map(|(side, rung, class)| (side, rung, new(*class)));
                *index = compared.collect();
            }
            for (_, classes) in &mut scope.conditions {
                for class in &mut *classes {
                    *class = new(*class);
                }
                sorted::sort(classes);
            }
        }
        for rule in &mut self.rules {
            rule.class = new(rule.class);
        }
        let classes = core::mem::take(&mut self.classes).into_iter().zip(members).zip(numbers);
        let mut classes: Vec<_> = classes.gather();
        sorted::sort_by(&mut classes, |(_, a), (_, b)| a.cmp(b));
        for ((mut class, members), _) in classes {
            let first = self.members.len();
            self.members.extend(members);
            class.members = first..self.members.len();
            self.classes.push(class);
        }
    }

    fn find_ladders(&mut self) {
        let mut above: Option<(u32, LadderKey)> = None;
        let mut end = number(self.classes.len());
        for class in self.classes.iter_mut().rev() {
            let place = end - 1;
            let key = ladder_key(class).filter(|_| place < self.laddered);
            class.ladder_end = match (&above, &key) {
                (Some((end, above)), Some(key)) if above == key => *end,
                _ => end,
            };
            above = key.map(|key| (class.ladder_end, key));
            end = place;
        }
    }
}

/// What the classes of a ladder have in common: scope, quantity, side, course.
type LadderKey = (u32, u32, bool, crate::lifecycle::Course);

fn ladder_key(class: &Class) -> Option<LadderKey> {
    let Asked::Threshold(threshold) = class.when else { return None };
    let rises = matches!(threshold.inequality, Inequality::Greater | Inequality::GreaterOrEqual);
    Some((class.scope, threshold.quantity, rises, class.course))
}
