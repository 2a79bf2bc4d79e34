"""python-binance, unmodified, takes `plimsoll venue` for the exchange: synchronous and asynchronous."""

import asyncio
import time
import unittest

from binance import AsyncClient, BinanceSocketManager, Client
from binance.exceptions import BinanceAPIException

from venue import D, ED_KEY, KEY, SECRET, SYMBOL, VenueCase, price

QTY = "0.01000"


def point(venue):
    """Points the library's addresses at the venue; nothing else of it is touched."""
    Client.API_URL = AsyncClient.API_URL = venue.rest + "/api"
    Client.MARGIN_API_URL = AsyncClient.MARGIN_API_URL = venue.rest + "/sapi"
    Client.WS_API_URL = AsyncClient.WS_API_URL = venue.ws_api
    BinanceSocketManager.STREAM_URL = venue.streams + "/"


class Synchronous(VenueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        point(cls.venue)
        cls.client = Client(KEY, SECRET)

    def tearDown(self):
        self.client.timestamp_offset = 0
        if self.client.get_open_orders(symbol=SYMBOL):
            self.client.cancel_all_open_orders(symbol=SYMBOL)

    def ask(self):
        return self.client.get_orderbook_ticker(symbol=SYMBOL)["askPrice"]

    def refused(self, code, call, *args, **kwargs):
        with self.assertRaises(BinanceAPIException) as caught:
            call(*args, **kwargs)
        self.assertEqual(caught.exception.code, code, caught.exception)
        return caught.exception

    def test_time_is_in_step(self):
        self.assertEqual(self.client.ping(), {})
        server = self.client.get_server_time()["serverTime"]
        self.assertLess(abs(server - time.time() * 1000), 1000)

    def test_exchange_information_has_the_filters_of_the_documentation(self):
        info = self.client.get_symbol_info(SYMBOL)
        names = {entry["filterType"] for entry in info["filters"]}
        self.assertLessEqual({"PRICE_FILTER", "LOT_SIZE", "NOTIONAL", "PERCENT_PRICE_BY_SIDE", "MAX_NUM_ORDERS"}, names)
        self.assertIn("STOP_LOSS_LIMIT", info["orderTypes"])

    def test_market_data(self):
        book = self.client.get_order_book(symbol=SYMBOL, limit=20)
        self.assertLess(D(book["bids"][0][0]), D(book["asks"][0][0]))
        self.assertGreaterEqual(len(self.client.get_klines(symbol=SYMBOL, interval="1h", limit=300)), 300)
        for row in self.client.get_klines(symbol=SYMBOL, interval="1m", limit=10):
            self.assertGreaterEqual(D(row[2]), D(row[3]))
        self.assertTrue(self.client.get_recent_trades(symbol=SYMBOL))
        self.assertTrue(self.client.get_aggregate_trades(symbol=SYMBOL))
        self.assertEqual(self.client.get_ticker(symbol=SYMBOL)["symbol"], SYMBOL)
        self.assertGreater(D(self.client.get_avg_price(symbol=SYMBOL)["price"]), 0)
        self.assertTrue(self.client.get_all_tickers())
        since = int(time.time() * 1000) - 3 * 86_400_000
        self.assertGreater(len(list(self.client.get_historical_klines_generator(SYMBOL, "1h", since))), 70)

    def test_a_market_order_trades_and_costs_a_fee(self):
        before = D(self.client.get_asset_balance(asset="BTC")["free"])
        order = self.client.order_market_buy(symbol=SYMBOL, quantity=QTY)
        self.assertEqual(order["status"], "FILLED")
        self.assertTrue(all(D(fill["commission"]) > 0 for fill in order["fills"]))
        fees = sum(D(fill["commission"]) for fill in order["fills"] if fill["commissionAsset"] == "BTC")
        after = D(self.client.get_asset_balance(asset="BTC")["free"])
        self.assertEqual(after, before + D(QTY) - fees)
        trades = self.client.get_my_trades(symbol=SYMBOL, orderId=order["orderId"])
        self.assertEqual(sum(D(trade["qty"]) for trade in trades), D(QTY))

    def test_a_market_order_by_quote_quantity(self):
        order = self.client.order_market_buy(symbol=SYMBOL, quoteOrderQty="500")
        self.assertEqual(order["status"], "FILLED")
        self.assertLessEqual(D(order["cummulativeQuoteQty"]), D(500))

    def test_a_limit_order_rests_is_found_by_its_name_and_is_cancelled(self):
        name = "rests-1"
        order = self.client.order_limit_buy(
            symbol=SYMBOL, quantity=QTY, price=price(self.ask(), "0.9"), newClientOrderId=name)
        self.assertEqual((order["status"], order["clientOrderId"]), ("NEW", name))
        found = self.client.get_order(symbol=SYMBOL, origClientOrderId=name)
        self.assertEqual(found["orderId"], order["orderId"])
        locked = D(self.client.get_asset_balance(asset="USDT")["locked"])
        self.assertEqual(locked, D(found["price"]) * D(QTY))
        self.assertEqual([o["orderId"] for o in self.client.get_open_orders(symbol=SYMBOL)], [order["orderId"]])
        cancelled = self.client.cancel_order(symbol=SYMBOL, origClientOrderId=name)
        self.assertEqual(cancelled["status"], "CANCELED")
        self.refused(-2011, self.client.cancel_order, symbol=SYMBOL, origClientOrderId=name)
        again = self.client.order_limit_buy(
            symbol=SYMBOL, quantity=QTY, price=price(self.ask(), "0.9"), newClientOrderId=name)
        self.assertNotEqual(again["orderId"], order["orderId"])
        self.refused(-2010, self.client.order_limit_buy, symbol=SYMBOL, quantity=QTY,
                     price=price(self.ask(), "0.9"), newClientOrderId=name)

    def test_every_order_type_is_accepted(self):
        ask = self.ask()
        sell = {"symbol": SYMBOL, "side": "SELL", "quantity": QTY}
        for kind, extra in {
            "LIMIT": {"timeInForce": "GTC", "price": price(ask, "1.1")},
            "LIMIT_MAKER": {"price": price(ask, "1.1")},
            "STOP_LOSS": {"stopPrice": price(ask, "0.9")},
            "STOP_LOSS_LIMIT": {"timeInForce": "GTC", "price": price(ask, "0.89"), "stopPrice": price(ask, "0.9")},
            "TAKE_PROFIT": {"stopPrice": price(ask, "1.1")},
            "TAKE_PROFIT_LIMIT": {"timeInForce": "GTC", "price": price(ask, "1.1"), "stopPrice": price(ask, "1.1")},
        }.items():
            with self.subTest(kind):
                self.assertEqual(self.client.create_test_order(type=kind, **sell, **extra), {})
                order = self.client.create_order(type=kind, newOrderRespType="RESULT", **sell, **extra)
                self.assertEqual((order["status"], order["type"]), ("NEW", kind))
                self.client.cancel_order(symbol=SYMBOL, orderId=order["orderId"])
        for tif in ("IOC", "FOK"):
            order = self.client.create_order(type="LIMIT", timeInForce=tif, price=price(ask, "1.1"), **sell)
            self.assertEqual(order["status"], "EXPIRED", tif)

    def test_an_order_list_ends_as_one(self):
        ask = self.ask()
        placed = self.client.create_oco_order(
            symbol=SYMBOL, side="SELL", quantity=QTY, aboveType="LIMIT_MAKER", abovePrice=price(ask, "1.1"),
            belowType="STOP_LOSS_LIMIT", belowStopPrice=price(ask, "0.9"), belowPrice=price(ask, "0.89"),
            belowTimeInForce="GTC")
        self.assertEqual((placed["contingencyType"], len(placed["orderReports"])), ("OCO", 2))
        self.client.cancel_order(symbol=SYMBOL, orderId=placed["orders"][0]["orderId"])
        self.assertEqual(self.client.get_open_orders(symbol=SYMBOL), [])

    def test_one_order_triggers_the_others(self):
        ask = self.ask()
        working = {"symbol": SYMBOL, "workingType": "LIMIT", "workingSide": "BUY", "workingTimeInForce": "GTC",
                   "workingQuantity": QTY, "workingPrice": price(ask, "1.02")}
        oto = self.client.v3_post_order_list_oto(
            **working, pendingType="LIMIT_MAKER", pendingSide="SELL", pendingQuantity="0.00900",
            pendingPrice=price(ask, "1.1"))
        self.assertEqual(oto["contingencyType"], "OTO")
        self.assertEqual(len(self.client.get_open_orders(symbol=SYMBOL)), 1, "the pending order rests now")
        otoco = self.client.v3_post_order_list_otoco(
            **working, pendingSide="SELL", pendingQuantity="0.00900", pendingAboveType="LIMIT_MAKER",
            pendingAbovePrice=price(ask, "1.1"), pendingBelowType="STOP_LOSS", pendingBelowStopPrice=price(ask, "0.9"))
        self.assertEqual(len(otoco["orders"]), 3)
        self.assertEqual(len(self.client.get_open_orders(symbol=SYMBOL)), 3)

    def test_an_order_is_cancelled_and_replaced_in_one_piece(self):
        order = self.client.order_limit_buy(symbol=SYMBOL, quantity=QTY, price=price(self.ask(), "0.9"))
        new = {"symbol": SYMBOL, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": QTY}
        answer = self.client.cancel_replace_order(
            cancelReplaceMode="STOP_ON_FAILURE", cancelOrderId=order["orderId"], price=price(self.ask(), "0.91"), **new)
        self.assertEqual((answer["cancelResult"], answer["newOrderResult"]), ("SUCCESS", "SUCCESS"))
        self.refused(-2022, self.client.cancel_replace_order, cancelReplaceMode="STOP_ON_FAILURE",
                     cancelOrderId=order["orderId"], price=price(self.ask(), "0.91"), **new)

    def test_errors_carry_the_documented_codes(self):
        ask = self.ask()
        order = {"symbol": SYMBOL, "quantity": QTY}
        self.refused(-1121, self.client.get_order_book, symbol="NOSUCHPAIR")
        self.refused(-2013, self.client.get_order, symbol=SYMBOL, orderId=999_999_999)
        self.assertIn("PRICE_FILTER", self.refused(
            -1013, self.client.order_limit_buy, price=price(ask, "0.9")[:-1] + "05", **order).message)
        self.assertIn("LOT_SIZE", self.refused(
            -1013, self.client.order_limit_buy, symbol=SYMBOL, quantity="0.000001", price=price(ask, "0.9")).message)
        self.assertIn("NOTIONAL", self.refused(
            -1013, self.client.order_limit_buy, symbol=SYMBOL, quantity="0.00001", price=price(ask, "0.9")).message)
        self.refused(-2010, self.client.order_limit_buy, symbol=SYMBOL, quantity="50", price=price(ask, "0.9"))
        self.refused(-1102, self.client.create_order, symbol=SYMBOL, side="BUY", type="LIMIT", quantity=QTY)
        self.refused(-2015, Client("nobody", "nothing").get_account)
        self.refused(-1022, Client(KEY, "not the secret").get_account)
        self.client.timestamp_offset = -60_000
        self.refused(-1021, self.client.get_account)

    def test_an_ed25519_key_signs_too(self):
        client = Client(ED_KEY, private_key=self.venue.pem())
        self.assertEqual(D(client.get_asset_balance(asset="BTC")["free"]), 2)
        order = client.order_limit_buy(symbol=SYMBOL, quantity=QTY, price=price(self.ask(), "0.9"))
        client.cancel_order(symbol=SYMBOL, orderId=order["orderId"])


class Asynchronous(VenueCase, unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        point(self.venue)
        self.client = await AsyncClient.create(KEY, SECRET)
        self.sockets = BinanceSocketManager(self.client)

    async def asyncTearDown(self):
        await self.client.close_connection()

    async def receive(self, socket, wanted, seconds=30):
        """Returns the first message that is wanted."""
        async with asyncio.timeout(seconds):
            while True:
                message = await socket.recv()
                if wanted(message):
                    return message

    async def test_market_streams(self):
        for socket, kind in (
            (self.sockets.kline_socket(SYMBOL, interval="1m"), "kline"),
            (self.sockets.trade_socket(SYMBOL), "trade"),
            (self.sockets.aggtrade_socket(SYMBOL), "aggTrade"),
            (self.sockets.depth_socket(SYMBOL, interval=100), "depthUpdate"),
            (self.sockets.symbol_ticker_socket(SYMBOL), "24hrTicker"),
        ):
            async with socket as stream:
                message = await self.receive(stream, lambda m: True)
                self.assertEqual((message["e"], message["s"]), (kind, SYMBOL))
        async with self.sockets.multiplex_socket(["btcusdt@bookTicker", "ethusdt@bookTicker"]) as stream:
            names = {(await self.receive(stream, lambda m: m["data"]["s"] == s))["stream"] for s in ("BTCUSDT", "ETHUSDT")}
            self.assertEqual(names, {"btcusdt@bookTicker", "ethusdt@bookTicker"})

    async def test_the_user_stream_tells_an_order_s_life(self):
        async with self.sockets.user_socket() as user:
            name = "streamed-1"
            order = await self.client.order_market_buy(symbol=SYMBOL, quantity=QTY, newClientOrderId=name)
            new = await self.receive(user, lambda m: m["e"] == "executionReport" and m["x"] == "NEW")
            self.assertEqual((new["c"], new["i"]), (name, order["orderId"]))
            filled = await self.receive(user, lambda m: m["e"] == "executionReport" and m["X"] == "FILLED")
            self.assertEqual(D(filled["z"]), D(QTY))
            await self.receive(user, lambda m: m["e"] == "outboundAccountPosition")

    async def test_orders_over_the_websocket_api(self):
        self.assertEqual(await self.client.ws_ping(), {})
        ask = (await self.client.ws_get_orderbook_ticker(symbol=SYMBOL))["askPrice"]
        order = await self.client.ws_order_limit_buy(symbol=SYMBOL, quantity=QTY, price=price(ask, "0.9"))
        self.assertEqual(order["status"], "NEW")
        found = await self.client.ws_get_order(symbol=SYMBOL, orderId=order["orderId"])
        self.assertEqual(found["clientOrderId"], order["clientOrderId"])
        cancelled = await self.client.ws_cancel_order(symbol=SYMBOL, orderId=order["orderId"])
        self.assertEqual(cancelled["status"], "CANCELED")
        with self.assertRaises(BinanceAPIException) as caught:
            await self.client.ws_get_order(symbol=SYMBOL, orderId=999_999_999)
        self.assertEqual(caught.exception.code, -2013)
        account = await self.client.ws_get_account()
        self.assertIn("BTC", {balance["asset"] for balance in account["balances"]})


if __name__ == "__main__":
    unittest.main()
