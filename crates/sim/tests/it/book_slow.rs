//! A second book, as slow and as plain as can be: every question is answered by looking at all
//! orders. It knows the rules of the book, none of its structures.

use std::collections::VecDeque;

use sim::exchange::book::{NewOrder, OrderStatus, OrderType, Size, Stp, Tif};
use types::num::{Money, Price, Qty, Ratio};
use types::side::Side;

/// Fees of makers and takers, taken from what is received.
pub(crate) const FEES: [i64; 2] = [10, 20];

/// An order of the slow book.
#[derive(Clone, Debug)]
pub(crate) struct SlowOrder {
    pub(crate) account: usize,
    side: Side,
    kind: OrderType,
    stp: Stp,
    pub(crate) qty: Qty,
    pub(crate) filled: Qty,
    pub(crate) prevented: Qty,
    pub(crate) status: OrderStatus,
    /// When it came to rest.
    rested: Option<u64>,
    /// Whether it is no longer asleep or pending.
    awake: bool,
    touched: bool,
    partner: Option<usize>,
    /// The orders that are placed when it is filled.
    pending: Vec<usize>,
    /// The order that has to be filled before.
    before: Option<usize>,
}

impl SlowOrder {
    fn left(&self) -> Qty {
        self.qty - self.filled - self.prevented
    }

    pub(crate) fn is_open(&self) -> bool {
        self.status.is_open()
    }
}

enum Task {
    Trigger(usize),
    Release(usize),
}

/// The slow book: base is asset 0, quote asset 1.
#[derive(Clone, Default)]
pub(crate) struct Slow {
    pub(crate) orders: Vec<SlowOrder>,
    /// All that each account has of each asset.
    pub(crate) total: Vec<[Money; 2]>,
    pub(crate) trades: Vec<(Price, Qty, usize, usize)>,
    /// Quote that changed hands in trades that were prevented.
    handed: Vec<Money>,
    groups: Vec<Option<u32>>,
    last: Option<Price>,
    clock: u64,
    agenda: VecDeque<(bool, usize)>,
}

impl Slow {
    pub(crate) fn new(groups: &[Option<u32>], each: [Money; 2]) -> Self {
        let (groups, total) = (groups.to_vec(), vec![each; groups.len()]);
        Self { groups, total, ..Self::default() }
    }

    /// What the open orders of an account have set aside.
    pub(crate) fn locked(&self, account: usize, asset: usize) -> Money {
        let mut sum = Money::ZERO;
        for (place, order) in self.orders.iter().enumerate() {
            if order.account != account || asset_of(order.side) != asset || !order.is_open() {
                continue;
            }
            let partner = order.partner.filter(|partner| self.orders[*partner].is_open());
            match partner {
                Some(partner) if partner < place => {}
                Some(partner) => sum += need(order).max(need(&self.orders[partner])),
                None => sum += need(order),
            }
        }
        sum
    }

    fn free(&self, account: usize, asset: usize) -> Money {
        self.total[account][asset] - self.locked(account, asset)
    }

    pub(crate) fn place(&mut self, account: usize, new: NewOrder) -> bool {
        let order = fresh(account, new);
        if self.acts_at_once(&order) || !self.can_pay(&[&order], &order) {
            return false;
        }
        self.orders.push(order);
        self.begin(self.orders.len() - 1);
        self.run();
        true
    }

    /// Places a pair, behind a working order if there is one. The stop-loss comes first.
    pub(crate) fn place_pair(
        &mut self,
        account: usize,
        working: Option<NewOrder>,
        pair: [NewOrder; 2],
    ) -> bool {
        let pair = pair.map(|new| fresh(account, new));
        let working = working.map(|new| fresh(account, new));
        let refused = match &working {
            Some(working) => self.acts_at_once(working),
            None => {
                pair.iter().any(|order| self.acts_at_once(order))
                    || self.last.is_some_and(|last| !surrounds(&pair, last))
            }
        };
        let dearer = if need(&pair[0]) >= need(&pair[1]) { &pair[0] } else { &pair[1] };
        let wanted: Vec<&SlowOrder> = working.iter().chain([dearer]).collect();
        if refused || !wanted.iter().all(|order| self.can_pay(&wanted, order)) {
            return false;
        }
        let first = self.orders.len();
        let waits = working.is_some();
        self.orders.extend(working);
        let one = self.orders.len();
        for (order, partner) in pair.into_iter().zip([one + 1, one]) {
            self.orders.push(SlowOrder { partner: Some(partner), ..order });
        }
        if waits {
            self.tie(first, &[one, one + 1]);
            self.begin(first);
        } else {
            self.begin(one);
            self.begin(one + 1);
        }
        self.run();
        true
    }

    pub(crate) fn place_two(&mut self, account: usize, working: NewOrder, then: NewOrder) -> bool {
        let (working, then) = (fresh(account, working), fresh(account, then));
        let both = [&working, &then];
        if self.acts_at_once(&working) || !both.iter().all(|order| self.can_pay(&both, order)) {
            return false;
        }
        let first = self.orders.len();
        self.orders.extend([working, then]);
        self.tie(first, &[first + 1]);
        self.begin(first);
        self.run();
        true
    }

    fn tie(&mut self, first: usize, pending: &[usize]) {
        self.orders[first].pending = pending.to_vec();
        for place in pending {
            self.orders[*place].status = OrderStatus::PendingNew;
            self.orders[*place].before = Some(first);
        }
    }

    pub(crate) fn cancel(&mut self, account: usize, place: usize) -> bool {
        let mine = |order: &SlowOrder| order.account == account && order.is_open();
        if !self.orders.get(place).is_some_and(mine) {
            return false;
        }
        self.end(place, OrderStatus::Cancelled);
        true
    }

    pub(crate) fn amend(&mut self, account: usize, place: usize, qty: Qty) -> bool {
        let fits = |order: &SlowOrder| {
            order.account == account
                && order.is_open()
                && qty < order.qty
                && qty > order.filled + order.prevented
        };
        if !self.orders.get(place).is_some_and(fits) {
            return false;
        }
        let partner = self.orders[place].partner.filter(|other| self.orders[*other].is_open());
        for place in [Some(place), partner].into_iter().flatten() {
            self.orders[place].qty = qty;
        }
        true
    }

    /// Whether the account can pay for an order, together with others of the same asset.
    fn can_pay(&self, together: &[&SlowOrder], order: &SlowOrder) -> bool {
        let asset = asset_of(order.side);
        let wanted = together.iter().filter(|other| asset_of(other.side) == asset);
        let wanted: Money = wanted.map(|other| self.price_of(other)).sum();
        wanted <= self.free(order.account, asset)
    }

    /// What an order needs when it arrives: a market buy what it would cost now.
    fn price_of(&self, order: &SlowOrder) -> Money {
        match (order.kind, order.side) {
            (OrderType::Market, Side::Buy) => self.cost(order),
            _ => need(order),
        }
    }

    /// Tries an order on a copy of the book; returns what it pays in quote.
    fn cost(&self, order: &SlowOrder) -> Money {
        let mut copy = self.clone();
        let before = copy.trades.len();
        copy.orders.push(order.clone());
        copy.sweep(copy.orders.len() - 1);
        let traded = copy.trades[before..].iter().map(|(price, qty, ..)| price.notional(*qty));
        let handed = copy.handed[self.handed.len()..].iter().copied();
        traded.chain(handed).sum()
    }

    fn fills_whole(&self, place: usize) -> bool {
        let mut copy = self.clone();
        copy.sweep(place);
        copy.orders[place].filled == copy.orders[place].qty
    }

    fn acts_at_once(&self, order: &SlowOrder) -> bool {
        let takes = matches!(order.kind, OrderType::LimitMaker { .. });
        let takes = takes && self.best(order).is_some();
        takes || self.last.is_some_and(|last| is_touched(order, last))
    }

    fn begin(&mut self, place: usize) {
        if self.orders[place].is_open() && self.orders[place].kind.stop().is_none() {
            self.work(place);
        }
    }

    fn work(&mut self, place: usize) {
        self.orders[place].awake = true;
        if self.orders[place].kind.tif() == Tif::Fok && !self.fills_whole(place) {
            self.end(place, OrderStatus::Expired);
            return;
        }
        self.sweep(place);
        let order = &self.orders[place];
        if order.is_open() {
            if order.kind.price().is_some() && order.kind.tif() == Tif::Gtc {
                self.clock += 1;
                self.orders[place].rested = Some(self.clock);
            } else {
                self.end(place, OrderStatus::Expired);
            }
        }
    }

    /// The order that an arriving one trades with: best price, then who rested first.
    fn best(&self, order: &SlowOrder) -> Option<usize> {
        let makers = self.orders.iter().enumerate().filter_map(|(place, maker)| {
            let price = maker.kind.price()?;
            let within = match (order.kind.price(), order.side) {
                (None, _) => true,
                (Some(worst), Side::Buy) => price <= worst,
                (Some(worst), Side::Sell) => price >= worst,
            };
            let here = maker.side != order.side && maker.is_open() && within;
            let rank = if order.side == Side::Buy { price } else { -price };
            maker.rested.filter(|_| here).map(|rested| (rank, rested, place))
        });
        makers.min().map(|(_, _, place)| place)
    }

    fn sweep(&mut self, place: usize) {
        while self.orders[place].is_open() {
            let Some(maker) = self.best(&self.orders[place]) else { return };
            match self.prevention(place, maker) {
                None => self.trade(place, maker),
                Some(mode) => self.prevent(place, maker, mode),
            }
        }
    }

    fn prevention(&self, taker: usize, maker: usize) -> Option<Stp> {
        let (taker, maker) = (&self.orders[taker], &self.orders[maker]);
        let same = taker.account == maker.account;
        let group = self.groups[taker.account];
        let related = same || (group.is_some() && group == self.groups[maker.account]);
        match (taker.stp, maker.stp) {
            (Stp::None, _) => None,
            _ if !related => None,
            (Stp::Transfer, Stp::Transfer) if !same => Some(Stp::Transfer),
            (Stp::Transfer, _) => Some(Stp::Decrement),
            (mode, _) => Some(mode),
        }
    }

    fn prevent(&mut self, taker: usize, maker: usize, mode: Stp) {
        let lefts = [self.orders[taker].left(), self.orders[maker].left()];
        let shared = lefts[0].min(lefts[1]);
        let lost = match mode {
            Stp::None => return,
            Stp::ExpireTaker => [lefts[0], Qty::ZERO],
            Stp::ExpireMaker => [Qty::ZERO, lefts[1]],
            Stp::ExpireBoth => lefts,
            Stp::Decrement | Stp::Transfer => [shared, shared],
        };
        if mode == Stp::Transfer {
            let price = self.orders[maker].kind.price().expect("a resting order has one");
            self.handed.push(price.notional(shared));
            for place in [taker, maker] {
                self.exchange(place, price, shared, [Money::ZERO; 2]);
            }
        }
        for (place, lost) in [taker, maker].into_iter().zip(lost) {
            self.orders[place].prevented += lost;
            if self.orders[place].left().is_zero() {
                self.end(place, OrderStatus::ExpiredInMatch);
            }
        }
    }

    fn trade(&mut self, taker: usize, maker: usize) {
        let price = self.orders[maker].kind.price().expect("a resting order has one");
        let qty = self.orders[taker].left().min(self.orders[maker].left());
        let [buyer, seller] = match self.orders[taker].side {
            Side::Buy => [taker, maker],
            Side::Sell => [maker, taker],
        };
        self.trades.push((price, qty, buyer, seller));
        for (place, bps) in [(taker, FEES[1]), (maker, FEES[0])] {
            let rate = Ratio::from_bps(bps);
            let fees = [Money::of_qty(qty.scaled_up(rate)), price.notional(qty).fee(rate)];
            self.exchange(place, price, qty, fees);
            let order = &mut self.orders[place];
            order.filled += qty;
            order.status = if order.left().is_zero() {
                OrderStatus::Filled
            } else {
                OrderStatus::PartiallyFilled
            };
        }
        self.give_way(maker);
        self.last = Some(price);
        for place in [taker, maker] {
            if self.orders[place].status == OrderStatus::Filled
                && !self.orders[place].pending.is_empty()
            {
                self.agenda.push_back((true, place));
            }
        }
        self.touch(price);
    }

    /// Moves the amounts of one side of a trade.
    fn exchange(&mut self, place: usize, price: Price, qty: Qty, fees: [Money; 2]) {
        let order = &self.orders[place];
        let (base, quote) = (Money::of_qty(qty), price.notional(qty));
        let total = &mut self.total[order.account];
        match order.side {
            Side::Buy => {
                total[0] += base - fees[0];
                total[1] -= quote;
            }
            Side::Sell => {
                total[0] -= base;
                total[1] += quote - fees[1];
            }
        }
    }

    /// Wakes what a trade at a price touches: rising ones from the nearest, then falling ones.
    fn touch(&mut self, price: Price) {
        let mut woken: Vec<(bool, Price, usize)> = Vec::new();
        for (place, order) in self.orders.iter().enumerate() {
            let sleeps = order.is_open() && order.status != OrderStatus::PendingNew && !order.awake;
            if let (Some(stop), Some(rises)) =
                (order.kind.stop(), order.kind.awaits_rise(order.side))
                && sleeps
                && !order.touched
                && is_touched(order, price)
            {
                woken.push((!rises, if rises { stop } else { -stop }, place));
            }
        }
        woken.sort();
        for (_, _, place) in woken {
            self.orders[place].touched = true;
            self.agenda.push_back((false, place));
        }
    }

    fn run(&mut self) {
        while let Some((releases, place)) = self.agenda.pop_front() {
            match if releases { Task::Release(place) } else { Task::Trigger(place) } {
                Task::Trigger(place) if self.orders[place].is_open() => {
                    self.give_way(place);
                    self.orders[place].awake = true;
                    self.take_turn(place);
                }
                Task::Trigger(_) => {}
                Task::Release(place) => self.release(place),
            }
        }
    }

    /// Lets an order work if its account can pay for it.
    fn take_turn(&mut self, place: usize) {
        let order = &self.orders[place];
        let buys_at_market = order.side == Side::Buy && order.kind.price().is_none();
        if buys_at_market && self.cost(order) > self.free(order.account, 1) {
            self.end(place, OrderStatus::Expired);
        } else {
            self.work(place);
        }
    }

    fn release(&mut self, first: usize) {
        let pending = std::mem::take(&mut self.orders[first].pending);
        let open: Vec<usize> =
            pending.iter().copied().filter(|place| self.orders[*place].is_open()).collect();
        for place in &open {
            self.orders[*place].before = None;
        }
        let pair: Vec<SlowOrder> = open.iter().map(|place| self.orders[*place].clone()).collect();
        let outside = pair.len() == 2
            && self.last.is_some_and(|last| !surrounds(&[pair[0].clone(), pair[1].clone()], last));
        let barred = pair.iter().any(|order| self.acts_at_once(order)) || outside;
        for place in &open {
            self.orders[*place].status =
                if barred { OrderStatus::Expired } else { OrderStatus::New };
        }
        if barred {
            return;
        }
        for place in open {
            if self.orders[place].kind.stop().is_none() {
                self.take_turn(place);
            }
        }
    }

    /// Ends the order that an order which acts excludes.
    fn give_way(&mut self, place: usize) {
        if let Some(partner) = self.orders[place].partner
            && self.orders[partner].is_open()
        {
            self.orders[partner].status = OrderStatus::Expired;
        }
    }

    /// Ends an order and all that depends on it.
    fn end(&mut self, place: usize, status: OrderStatus) {
        self.orders[place].status = status;
        let others = if status == OrderStatus::Cancelled { status } else { OrderStatus::Expired };
        let order = self.orders[place].clone();
        let tied = order.pending.iter().copied().chain(order.partner).chain(order.before);
        for other in tied.collect::<Vec<_>>() {
            if self.orders[other].is_open() {
                self.end(other, others);
            }
        }
    }
}

fn fresh(account: usize, new: NewOrder) -> SlowOrder {
    let Size::Base(qty) = new.size else { panic!("the slow book knows base quantities alone") };
    SlowOrder {
        account,
        side: new.side,
        kind: new.kind,
        stp: new.stp.expect("all name one"),
        qty,
        filled: Qty::ZERO,
        prevented: Qty::ZERO,
        status: OrderStatus::New,
        rested: None,
        awake: false,
        touched: false,
        partner: None,
        pending: Vec::new(),
        before: None,
    }
}

fn asset_of(side: Side) -> usize {
    match side {
        Side::Sell => 0,
        Side::Buy => 1,
    }
}

/// What an order has set aside.
fn need(order: &SlowOrder) -> Money {
    match (order.side, order.kind.price(), order.kind.stop()) {
        (Side::Sell, _, _) => Money::of_qty(order.left()),
        (Side::Buy, Some(price), _) => price.notional(order.left()),
        (Side::Buy, None, Some(stop)) if !order.awake => stop.notional(order.left()),
        (Side::Buy, None, _) => Money::ZERO,
    }
}

fn is_touched(order: &SlowOrder, price: Price) -> bool {
    match (order.kind.stop(), order.kind.awaits_rise(order.side)) {
        (Some(stop), Some(true)) => price >= stop,
        (Some(stop), Some(false)) => price <= stop,
        _ => false,
    }
}

/// Whether the last price is between the two of a pair.
fn surrounds(pair: &[SlowOrder; 2], last: Price) -> bool {
    let place = |order: &SlowOrder| {
        let own = matches!(order.kind, OrderType::TakeProfitLimit { .. });
        let stop = order.kind.stop().filter(|_| !own);
        stop.or(order.kind.price()).expect("orders of pairs have one")
    };
    let (one, other) = (place(&pair[0]), place(&pair[1]));
    one.min(other) < last && last < one.max(other)
}
