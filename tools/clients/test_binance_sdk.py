"""binance-sdk-spot, the exchange's own client, unmodified, takes `plimsoll venue` for the exchange."""

import asyncio
import unittest

from binance_common.configuration import (
    ConfigurationRestAPI,
    ConfigurationWebSocketAPI,
    ConfigurationWebSocketStreams,
)
from binance_common.errors import BadRequestError, ClientError
from binance_sdk_spot.spot import Spot

from venue import D, ED_KEY, KEY, SECRET, SYMBOL, VenueCase, price

QTY = 0.01
SECONDS = 30


class Rest(VenueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        configuration = ConfigurationRestAPI(api_key=KEY, api_secret=SECRET, base_path=cls.venue.rest, timeout=5000)
        cls.api = Spot(config_rest_api=configuration).rest_api

    def ask(self):
        return self.api.ticker_book_ticker(symbol=SYMBOL).data().actual_instance.ask_price

    def test_market_data(self):
        self.assertGreater(self.api.time().data().server_time, 0)
        info = self.api.exchange_info(symbol=SYMBOL).data()
        self.assertEqual(info.symbols[0].symbol, SYMBOL)
        depth = self.api.depth(SYMBOL, limit=5).data()
        self.assertLess(D(depth.bids[0][0]), D(depth.asks[0][0]))
        self.assertEqual(len(self.api.klines(SYMBOL, "1h", limit=5).data()), 5)
        self.assertTrue(self.api.get_trades(SYMBOL).data())
        self.assertTrue(self.api.agg_trades(SYMBOL).data())
        self.assertGreater(D(self.api.avg_price(SYMBOL).data().price), 0)

    def test_an_order_from_placing_to_cancelling(self):
        order = self.api.new_order(
            SYMBOL, "BUY", "LIMIT", time_in_force="GTC", quantity=QTY, price=float(price(self.ask(), "0.9"))).data()
        self.assertEqual(order.status, "NEW")
        found = self.api.get_order(SYMBOL, order_id=order.order_id).data()
        self.assertEqual(found.client_order_id, order.client_order_id)
        self.assertIn(order.order_id, [o.order_id for o in self.api.get_open_orders(symbol=SYMBOL).data()])
        self.assertEqual(self.api.delete_order(SYMBOL, order_id=order.order_id).data().status, "CANCELED")

    def test_a_market_order_and_its_trades(self):
        order = self.api.new_order(SYMBOL, "BUY", "MARKET", quantity=QTY).data()
        self.assertEqual(order.status, "FILLED")
        trades = self.api.my_trades(SYMBOL, order_id=order.order_id).data()
        self.assertEqual(sum(D(trade.qty) for trade in trades), D("0.01"))
        balances = {b.asset: b for b in self.api.get_account().data().balances}
        self.assertGreater(D(balances["BTC"].free), 2)

    def test_order_lists(self):
        ask = self.ask()
        placed = self.api.order_list_oco(
            SYMBOL, "SELL", QTY, "LIMIT_MAKER", "STOP_LOSS", above_price=float(price(ask, "1.1")),
            below_stop_price=float(price(ask, "0.9"))).data()
        self.assertEqual((placed.contingency_type, len(placed.orders)), ("OCO", 2))
        self.api.delete_order_list(SYMBOL, order_list_id=placed.order_list_id)
        otoco = self.api.order_list_otoco(
            SYMBOL, "LIMIT", "BUY", float(price(ask, "0.9")), QTY, "SELL", QTY, "LIMIT_MAKER",
            working_time_in_force="GTC", pending_above_price=float(price(ask, "1.1")), pending_below_type="STOP_LOSS",
            pending_below_stop_price=float(price(ask, "0.8"))).data()
        self.assertEqual(len(otoco.orders), 3)
        self.api.delete_order_list(SYMBOL, order_list_id=otoco.order_list_id)

    def test_usage_is_told_and_errors_are_the_documented_ones(self):
        self.assertTrue(self.api.depth(SYMBOL).rate_limits)
        with self.assertRaises((BadRequestError, ClientError)) as caught:
            self.api.new_order(SYMBOL, "BUY", "LIMIT", time_in_force="GTC", quantity=50.0,
                               price=float(price(self.ask(), "0.9")))
        self.assertIn("insufficient balance", str(caught.exception))


class Sockets(VenueCase, unittest.IsolatedAsyncioTestCase):
    async def test_market_streams(self):
        configuration = ConfigurationWebSocketStreams(stream_url=self.venue.streams + "/stream")
        streams = Spot(config_ws_streams=configuration).websocket_streams
        await streams.create_connection()
        messages = asyncio.Queue()
        for subscribe in (streams.trade(symbol=SYMBOL.lower()), streams.book_ticker(symbol=SYMBOL.lower()),
                          streams.kline(symbol=SYMBOL.lower(), interval="1m"),
                          streams.diff_book_depth(symbol=SYMBOL.lower(), update_speed="100ms")):
            handle = await subscribe
            handle.on("message", messages.put_nowait)
        seen = set()
        async with asyncio.timeout(SECONDS):
            while len(seen) < 4:
                seen.add(type(await messages.get()).__name__)
        await streams.close_connection(close_session=True)

    async def test_orders_and_user_data_over_the_websocket_api(self):
        for credentials in ({"api_key": KEY, "api_secret": SECRET},
                            {"api_key": ED_KEY, "private_key": self.venue.pem()}):
            with self.subTest(credentials["api_key"]):
                await self.trade(credentials)

    async def trade(self, credentials):
        configuration = ConfigurationWebSocketAPI(stream_url=self.venue.ws_api, **credentials)
        api = Spot(config_ws_api=configuration).websocket_api
        await api.create_connection()
        self.addAsyncCleanup(api.close_connection, close_session=True)
        if "private_key" in credentials:
            await api.session_logon()
            self.assertEqual((await api.session_status()).data().result.api_key, ED_KEY)
            subscribed = await api.user_data_stream_subscribe()
        else:
            subscribed = await api.user_data_stream_subscribe_signature()
        events = asyncio.Queue()
        subscribed.stream.on("message", events.put_nowait)
        ask = (await api.ticker_book(symbol=SYMBOL)).data().actual_instance.result.ask_price
        order = (await api.order_place(SYMBOL, "BUY", "LIMIT", time_in_force="GTC", quantity=QTY,
                                       price=float(price(ask, "0.9")))).data().result
        async with asyncio.timeout(SECONDS):
            event = (await events.get()).actual_instance
            self.assertEqual(event.X, "NEW")
        cancelled = (await api.order_cancel(SYMBOL, order_id=order.order_id)).data().result
        self.assertEqual(cancelled.status, "CANCELED")


if __name__ == "__main__":
    unittest.main()
